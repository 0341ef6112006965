import { createServer, type Server, type ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { listen } from "./listen.ts";
import { UsageError } from "./usage-error.ts";

/** What `plugboard run` tells kubelet and Prometheus. */
export interface Health {
  /** Why it is not ready; undefined when it is. */
  readonly unready: () => string | undefined;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, `[::1]:PORT` or `:PORT`. @throws UsageError */
export function parseAddress(text: string): Address {
  const { host = "", port = "" } = /^(?<host>[^:]*|\[[^\]]+\]):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  const number = Number(port);
  if (port === "" || number > 65_535)
    throw new UsageError(`--listen ${text}: expected HOST:PORT, for example 0.0.0.0:8080 or :8080`);
  return { host: host.replace(/^\[|\]$/g, ""), port: number };
}

/** Serves /healthz, /readyz and /metrics. @throws UsageError when the address cannot be had */
export async function serveHealth({ host, port }: Address, health: Health): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(health, (request.url ?? "").split("?")[0] ?? "", response);
  });
  const at = { host: host === "" ? undefined : host, port };
  await listen(
    server,
    at,
    (why, options) =>
      new UsageError(`cannot listen on ${host}:${port} (${why}); choose another address with --listen`, options),
  );
  return server;
}

/** Where a server can be reached, as `HOST:PORT`. */
export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") return address ?? "";
  return `${isIPv6(address.address) ? `[${address.address}]` : address.address}:${address.port}`;
}

async function answer(health: Health, path: string, response: ServerResponse): Promise<void> {
  switch (path) {
    case "/healthz":
      return end(response, 200, "ok\n");
    case "/readyz": {
      const unready = health.unready();
      return unready === undefined ? end(response, 200, "ok\n") : end(response, 503, `${unready}\n`);
    }
    case "/metrics": {
      const { contentType, text } = await health.metrics();
      response.setHeader("content-type", contentType);
      return end(response, 200, text);
    }
    default:
      return end(response, 404, "there are /healthz, /readyz and /metrics\n");
  }
}

function end(response: ServerResponse, code: number, text: string): void {
  response.statusCode = code;
  response.end(text);
}
