import { createServer, type Server, type ServerResponse } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { limitServer, patience } from "../../eventing/http/serving/intake.ts";
import { shared } from "../../kit/shared.ts";
import { UsageError } from "../report-failure.ts";
import { listen } from "./listen.ts";

/** Metrics as Prometheus reads them. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Health and metrics of `plugboard run`, for kubelet and Prometheus. */
export interface Health {
  /** Why it is not ready; undefined when it is. */
  readonly unready: () => string | undefined;
  readonly metrics: () => Promise<MetricsPage>;
}

/** Probes and scrapes need few. */
const connectionsAtMost = 64;

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

/**
 * Serves /healthz, /readyz and /metrics; reads no bodies and limits its connections.
 * @throws UsageError if the address is not free
 */
export async function serveHealth({ host, port }: Address, { unready, metrics }: Health): Promise<Server> {
  const health = { unready, metrics: onceATurn(metrics) };
  const server = createServer(patience, (request, response) => {
    const { method = "", url = "" } = request;
    // A body may be on its way: it is not read.
    if (!/^(GET|HEAD)$/.test(method)) return end(response.setHeader("connection", "close"), 405, "use GET or HEAD\n");
    void answer(health, url.split("?")[0] ?? "", response);
  });
  limitServer(server, { connections: connectionsAtMost });
  keepRoom(server, connectionsAtMost - 1);
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

/** Closes the oldest connection before a new one would be refused, so that idle clients block no probe. */
function keepRoom(server: Server, most: number): void {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    const [oldest] = open;
    if (oldest !== undefined && open.size >= most) {
      open.delete(oldest);
      oldest.destroy();
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** Creates metrics once for all requests in one turn of the event loop, so that scrapes do not block other work. */
export function onceATurn<Page>(make: () => Promise<Page>): () => Promise<Page> {
  return shared(
    async () => {
      await turn();
      return make();
    },
    { clock: { now: () => 0 }, milliseconds: 0, failureMilliseconds: 0 },
  );
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
      return end(response, 404, "not found; use /healthz, /readyz or /metrics\n");
  }
}

function end(response: ServerResponse, code: number, text: string): void {
  response.statusCode = code;
  response.end(text);
}
