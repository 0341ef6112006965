import type { Server } from "node:http";

/** The address on which a server listens. */
export interface ListenAt {
  /** Absent: all addresses. */
  readonly host?: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** Starts a server on an address. @throws the error that `failure` returns, if the address is not available */
export async function listen(
  server: Server,
  { host, port }: ListenAt,
  failure: (why: string, options: ErrorOptions) => Error,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(failure(cause.code ?? cause.message, { cause })));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

/** The port that a server listens on; 0 if it does not listen. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
