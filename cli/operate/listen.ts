import type { Server } from "node:http";

/** Where a server is to listen. */
export interface ListenAt {
  /** Absent: every address. */
  readonly host?: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
}

/** Has a server listen. @throws what `failure` makes of why the address cannot be had */
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
