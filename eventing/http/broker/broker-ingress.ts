import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../../kit/clock.ts";
import { InvalidInput } from "../../../kit/errors.ts";
import { readEvent } from "../event-message.ts";
import { Intake, longestObjectBytes, type Received } from "../serving/intake.ts";
import { refuseBody } from "../serving/request-gate.ts";
import { type HttpBroker, passedOn } from "./http-broker.ts";

/** The problem of a request. */
export interface Refused {
  readonly code: number;
  readonly why: string;
}

const names = /^(?<namespace>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export interface BrokerIngressOptions {
  /** Called for refused requests, and for failed events if the broker is synchronous. */
  readonly refused?: ((refusal: Refused) => void) | undefined;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Reads the bodies. Their bytes are released when every subscriber is done. Absent: one of its own. */
  readonly intake?: Intake | undefined;
}

/**
 * Accepts events at `POST /<namespace>/<broker>` and answers like Knative's ingress. 202: accepted. 400: the path does
 * not have two parts, or the request is not a CloudEvent. 404: no broker can have this name. 405: not a POST. 500: a
 * subscriber of a synchronous broker failed.
 * A line of text gives the reason.
 * All names lead to one broker.
 */
export function brokerIngress(
  to: HttpBroker,
  { refused = () => {}, clock = systemClock, intake = new Intake({ clock }) }: BrokerIngressOptions = {},
): RequestListener {
  return async (request, response) => {
    const hangUp = new AbortController();
    response.once("close", () => hangUp.abort());
    response.setHeader("allow", "POST, OPTIONS");
    const atOnce = withoutEvent(request);
    if (atOnce !== undefined) return say(response, atOnce);
    const received = await intake.receive(request, longestObjectBytes);
    if (received.kind === "broken off") return void response.destroy();
    if (received.kind === "refused") {
      refused(received);
      return refuseBody({ request, response, clock }, received);
    }
    const taken = await takeIn(to, request, { ...received, signal: hangUp.signal });
    if (!hangUp.signal.aborted) say(response, taken);
  };

  function say(response: ServerResponse, { code, why, headers = {} }: Answer): void {
    if (code >= 400) refused({ code, why });
    answer(response.setHeaders(new Map(Object.entries(headers))), code, why);
  }
}

interface Answer extends Refused {
  readonly headers?: { readonly [name: string]: string } | undefined;
}

/** The answer to the question of webhook senders: any origin, at any rate. */
const openToAll = { "webhook-allowed-origin": "*", "webhook-allowed-rate": "*" };

/** The answer to a request before its body is read; undefined if it may contain an event. */
function withoutEvent({ method = "", url = "" }: IncomingMessage): Answer | undefined {
  if (method === "GET" && (url === "/healthz" || url === "/readyz")) return { code: 200, why: "ok" };
  if (method === "OPTIONS") return { code: 200, why: "", headers: openToAll };
  if (method !== "POST") return { code: 405, why: `a broker takes events by POST, not by ${method}` };
  if (url === "/") return absent(url);
  if (partsOf(url).length !== 2) return { code: 400, why: `${url} is not of the form /<namespace>/<broker>` };
  return undefined;
}

function absent(url: string): Answer {
  return { code: 404, why: `there is no broker at ${url}; post to /<namespace>/<broker>` };
}

function partsOf(url: string): readonly string[] {
  return url.replace(/\/$/, "").split("/").slice(1);
}

async function takeIn(
  to: HttpBroker,
  { url = "", headers, headersDistinct }: IncomingMessage,
  { body, release, signal }: Extract<Received, { kind: "whole" }> & { readonly signal: AbortSignal },
): Promise<Answer> {
  try {
    const event = readEvent(headersDistinct, body);
    const namespace = names.exec(partsOf(url).join("/"))?.groups?.["namespace"];
    if (namespace === undefined) {
      release();
      return absent(url);
    }
    const took = await to.take(event, { namespace, headers: passedOn(headers), signal, over: release });
    return took ? { code: 202, why: "" } : { code: 500, why: "a subscriber failed" };
  } catch (error) {
    release();
    if (!(error instanceof InvalidInput)) throw error;
    return { code: 400, why: error.message };
  }
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
