import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type FunctionName, functionNames, servedFunctions } from "../../../cli/serve/served-functions.ts";
import { type ReceivedEvent, readEvent, writeEvent } from "../../../eventing/http/event-message.ts";
import {
  type CallReport,
  createEndpoint,
  type EndpointOptions,
} from "../../../eventing/http/serving/function-endpoint.ts";
import { createFunctionServer, httpFunction } from "../../../eventing/http/serving/function-server.ts";
import type { ApparatusAccess } from "../../../functions/apparatus/call-apparatus.ts";
import { type Clock, systemClock } from "../../../kit/clock.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { fakeApparatus } from "../../scenarios/apparatus/fake-apparatus.ts";
import { operatorNamespace } from "../../worlds/worlds.ts";

/** What a function answered. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: Buffer;
}

export interface Message {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Several are sent in chunks. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
}

/** Functions that listen on a port of this machine. */
export interface Served {
  readonly port: number;
  readonly reports: readonly CallReport[];
  send(message: Message): Promise<Answer>;
  /** Sends an event in a mode of the HTTP binding. */
  post(event: unknown, mode?: Mode): Promise<Answer>;
  drain(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const modes = ["binary", "structured"] as const;
export type Mode = (typeof modes)[number];

export interface ServedWorld {
  readonly kube: Kube;
  readonly clock?: Clock;
  readonly namespaces?: readonly string[];
  readonly names?: readonly FunctionName[];
  readonly apparatus?: ApparatusAccess;
  readonly authenticate?: EndpointOptions["authenticate"];
  readonly unready?: () => Promise<string | undefined>;
}

/** Serves functions on a cluster, as `plugboard serve` puts them together. */
export async function serveOn(world: ServedWorld): Promise<Served> {
  const { kube, clock = systemClock, names = functionNames, apparatus = fakeApparatus(), authenticate } = world;
  const reports: CallReport[] = [];
  const cluster = {
    kube: async () => kube,
    readPath: () => Promise.reject(new Error("nobody reads paths here")),
    unready: async () => undefined,
    close: async () => {},
  };
  const tell = (report: CallReport): void => void reports.push(report);
  const failed = (error: unknown): void => {
    throw error;
  };
  const settings = { operatorNamespace, namespaces: world.namespaces, adopts: true };
  const functions = servedFunctions(names, { ...settings, cluster, clock, apparatus, failed, unexpected: failed });
  const { server, drain } = createFunctionServer({
    function: httpFunction(createEndpoint({ functions, clock, authenticate, tell })),
    clock: systemClock,
    tell,
    unready: world.unready ?? cluster.unready,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const send = (message: Message): Promise<Answer> => sendTo(port, message);
  return {
    port,
    reports,
    send,
    post: (event, mode = "structured") => send(messageOf(event, mode)),
    drain,
    [Symbol.asyncDispose]: drain,
  };
}

/** An event as a message. */
export function messageOf(event: unknown, mode: Mode): Required<Pick<Message, "headers" | "body">> {
  if (mode === "binary") return writeEvent(event as Parameters<typeof writeEvent>[0]);
  return { headers: { "content-type": "application/cloudevents+json" }, body: JSON.stringify(event) };
}

/** Sends one request on a connection of its own. */
export async function sendTo(
  port: number,
  { method = "POST", path = "/", headers = {}, body = "" }: Message,
): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const request = httpRequest({ port, host: "127.0.0.1", method, path, headers, agent: false }, (response) => {
    buffer(response).then(
      (whole) => answered.resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole }),
      answered.reject,
    );
  });
  request.on("error", answered.reject);
  if (Array.isArray(body)) for (const chunk of body) request.write(chunk);
  request.end(Array.isArray(body) ? undefined : body);
  return answered.promise;
}

/** The event of an answer; undefined where it has none. @throws Error where it is no answer a broker takes */
export function eventOf({ status, headers, body }: Answer): ReceivedEvent | undefined {
  if (status === 204 && body.length === 0) return undefined;
  if (status === 200) return readEvent(headers, body);
  throw new Error(`answered ${status}: ${body}`);
}
