import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { InvalidInput } from "../../kit/errors.ts";
import { readEvent } from "./cloud-event-http.ts";
import { longestEventBytes } from "./function-endpoint.ts";
import type { HttpBroker } from "./http-broker.ts";

/** What was wrong with a request. */
export interface Refused {
  readonly code: number;
  readonly why: string;
}

const broker = /^\/(?<namespace>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/?$/;

export interface BrokerIngressOptions {
  /** Hears what was wrong with requests, and with events where it is synchronous. */
  readonly refused?: ((refusal: Refused) => void) | undefined;
  /** Answers when every subscriber is done, and of every reply, and 500 if one of them failed: as Knative's broker does by default. */
  readonly synchronous?: boolean | undefined;
}

/** Takes events in at `POST /<namespace>/<broker>` as Knative does: 202, or what was wrong. One broker is behind all such paths. */
export function brokerIngress(
  to: HttpBroker,
  { refused = () => {}, synchronous = false }: BrokerIngressOptions = {},
): RequestListener {
  return (request, response) => {
    takeIn(to, request, synchronous).then(
      ({ code, why }) => {
        if (code >= 400) refused({ code, why });
        answer(response, code, why);
      },
      // Who sent it hung up.
      () => response.destroy(),
    );
  };
}

async function takeIn(to: HttpBroker, request: IncomingMessage, synchronous: boolean): Promise<Refused> {
  const { method = "", headersDistinct: headers } = request;
  const path = request.url?.split("?")[0] ?? "";
  if (method === "GET" && (path === "/healthz" || path === "/readyz")) return { code: 200, why: "ok" };
  const namespace = broker.exec(path)?.groups?.["namespace"];
  if (namespace === undefined)
    return { code: 404, why: `there is no broker at ${path}; post to /<namespace>/<broker>` };
  if (method !== "POST") return { code: 405, why: `a broker takes events by POST, not by ${method}` };
  const body = await bodyOf(request);
  if (body === undefined) return { code: 413, why: "the event is larger than 1 MiB" };
  try {
    const done = to.take(readEvent(headers, body), { namespace, headers: passedOn(request) });
    if (synchronous && !(await done)) return { code: 500, why: "a subscriber failed" };
    return { code: 202, why: "" };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { code: 400, why: error.message };
  }
}

/** Undefined where it is too large; then the rest is not kept. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= longestEventBytes) chunks.push(chunk);
  }
  return bytes > longestEventBytes ? undefined : Buffer.concat(chunks);
}

/** What Knative passes on to subscribers of the headers that came with an event. */
function passedOn({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const named = Object.entries(headers).filter(([name]) => name === "x-request-id" || name.startsWith("knative-"));
  return Object.fromEntries(named.map(([name, value]) => [name, [value ?? []].flat().join(", ")]));
}

function answer(response: ServerResponse, code: number, why: string): void {
  response.statusCode = code;
  if (code === 405) response.setHeader("allow", "POST");
  if (why === "") {
    response.end();
    return;
  }
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${why}\n`);
}
