import { createServer } from "node:http";

/** An apparatus that remembers which hooks it was told. */
export interface HookLog {
  readonly url: string;
  /** `HOST:PORT`. */
  readonly host: string;
  /** The keys of every call of a hook, in order. */
  readonly keys: readonly string[];
  close(): void;
}

/** So that what comes twice finds the first at work. */
const hookMilliseconds = 400;

/** Starts one on this machine. */
export async function startHookLog(): Promise<HookLog> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    const key = request.headers["idempotency-key"];
    if (key !== undefined) keys.push(String(key));
    request.resume().once("end", () => setTimeout(() => response.end("{}"), hookMilliseconds));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${host}`, host, keys, close };
}
