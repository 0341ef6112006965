import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { InvalidInput } from "../../kit/errors.ts";
import { readEvent } from "./cloud-event-http.ts";
import { longestEventBytes } from "./function-endpoint.ts";
import { type HttpBroker, passedOn } from "./http-broker.ts";

/** What was wrong with a request. */
export interface Refused {
  readonly code: number;
  readonly why: string;
}

const names = /^(?<namespace>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export interface BrokerIngressOptions {
  /** Hears what was wrong with requests, and with events where the broker is synchronous. */
  readonly refused?: ((refusal: Refused) => void) | undefined;
}

/**
 * Takes events in at `POST /<namespace>/<broker>` and answers as Knative's ingress does: 202; 400 where the path has not two parts or the request is no
 * CloudEvent; 404 where no broker can have that name; 405; 500 where a synchronous broker had a subscriber fail. A line of text says more. One broker
 * is behind all names.
 */
export function brokerIngress(to: HttpBroker, { refused = () => {} }: BrokerIngressOptions = {}): RequestListener {
  return (request, response) => {
    const hangUp = new AbortController();
    response.once("close", () => hangUp.abort());
    response.setHeader("allow", "POST, OPTIONS");
    takeIn(to, request, hangUp.signal).then(
      ({ code, why, headers = {} }) => {
        if (hangUp.signal.aborted) return;
        if (code >= 400) refused({ code, why });
        answer(response.setHeaders(new Map(Object.entries(headers))), code, why);
      },
      // Who sent it hung up.
      () => response.destroy(),
    );
  };
}

interface Answer extends Refused {
  readonly headers?: { readonly [name: string]: string } | undefined;
}

/** Whoever asks, as a webhook's sender does, may send from anywhere, and as much as they like. */
const openToAll = { "webhook-allowed-origin": "*", "webhook-allowed-rate": "*" };

async function takeIn(to: HttpBroker, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const { method = "", url = "", headersDistinct: headers } = request;
  if (method === "GET" && (url === "/healthz" || url === "/readyz")) return { code: 200, why: "ok" };
  if (method === "OPTIONS") return { code: 200, why: "", headers: openToAll };
  if (method !== "POST") return { code: 405, why: `a broker takes events by POST, not by ${method}` };
  const absent = { code: 404, why: `there is no broker at ${url}; post to /<namespace>/<broker>` };
  if (url === "/") return absent;
  const parts = url.replace(/\/$/, "").split("/").slice(1);
  if (parts.length !== 2) return { code: 400, why: `${url} has not the two parts of /<namespace>/<broker>` };
  const body = await bodyOf(request);
  if (body === undefined) return { code: 413, why: "the event is larger than 1 MiB" };
  try {
    const event = readEvent(headers, body);
    const namespace = names.exec(parts.join("/"))?.groups?.["namespace"];
    if (namespace === undefined) return absent;
    const took = await to.take(event, { namespace, headers: passedOn(request.headers), signal });
    return took ? { code: 202, why: "" } : { code: 500, why: "a subscriber failed" };
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

function answer(response: ServerResponse, code: number, why: string): void {
  response.statusCode = code;
  if (why === "") {
    response.end();
    return;
  }
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${why}\n`);
}
