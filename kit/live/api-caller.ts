import type { Clock } from "../clock.ts";
import { writeJson } from "../encoding/exact-json.ts";
import { KindNotServed, OperatorError } from "../errors.ts";
import type { Kind, ServedKind } from "../kube/port.ts";
import { isSecret } from "../outlet/outlet.ts";
import { failureOf, parseStatusText, type Refusal, saysNotServed } from "./answers/api-status.ts";
import type { Discovery } from "./resources/discovery.ts";
import type { ApiRequest, Streaming, Transport } from "./transport/transport.ts";

/** One request and its result, for counters. */
export interface RequestFact {
  readonly verb: string;
  readonly kind: string;
  readonly write: boolean;
  /** The HTTP status; 0 without an answer. */
  readonly code: number;
  readonly seconds: number;
}

/** One call of the port, before it is a request. */
export interface Call {
  readonly verb: "get" | "getMetadata" | "list" | "create" | "apply" | "patch" | "replaceStatus" | "delete" | "watch";
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly method: ApiRequest["method"];
  readonly path: (served: ServedKind) => string;
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: unknown;
  readonly maximumBytes: number;
}

/** Converts calls of the port to requests, and refusals to failures. */
export interface ApiCaller {
  /**
   * The text of the answer; undefined if the object does not exist.
   * @throws KindNotServed and the failure of a refusal
   */
  call(call: Call): Promise<string | undefined>;
  /** A streaming answer. @throws like call */
  open(call: Call, signal: AbortSignal, silenceMilliseconds: number): Promise<Streaming>;
}

/** The parts of a caller; `headers` are sent with each request. */
export interface CallerParts {
  readonly transport: Transport;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly headers: Readonly<Record<string, string>>;
  readonly onRequest: (fact: RequestFact) => void;
}

/** Makes a caller. */
export function createApiCaller(parts: CallerParts): ApiCaller {
  return {
    async call(call) {
      const request = await requestOf(parts, call);
      const answer = await counted(parts, factOf(call), () => parts.transport.send(request));
      if (answer.code >= 200 && answer.code < 300) return answer.text;
      const refusal = { ...answer, request: request.request, status: parseStatusText(answer.text) };
      return await absentOrThrow(parts, call, {
        ...refusal,
        sentBytes: Buffer.byteLength(request.body ?? ""),
        secret: sendsSecret(call),
      });
    },
    async open(call, signal, silenceMilliseconds) {
      const request = await requestOf(parts, call);
      const answer = await counted(parts, factOf(call), () =>
        parts.transport.stream(request, signal, silenceMilliseconds),
      );
      if (answer.code === 200) return answer;
      const status = parseStatusText(await answer.body.text());
      const { retryAfterSeconds } = status;
      throw await failed(parts, call, {
        code: answer.code,
        request: request.request,
        status,
        retryAfterSeconds,
        sentBytes: 0,
      });
    },
  };
}

/** Names a call in messages: `apply Secret default/db`. */
export function nameCall({ verb, kind, namespace, name }: Pick<Call, "verb" | "kind" | "namespace" | "name">): string {
  const where = [namespace, name].filter((part) => part !== undefined).join("/");
  return where === "" ? `${verb} ${kind.kind}` : `${verb} ${kind.kind} ${where}`;
}

async function requestOf({ discovery, headers }: CallerParts, call: Call): Promise<ApiRequest> {
  const served = await discovery.find(call.kind);
  return {
    request: nameCall(call),
    method: call.method,
    path: call.path(served),
    headers: {
      ...headers,
      accept: call.accept ?? "application/json",
      ...(call.body !== undefined && { "content-type": call.contentType ?? "application/json" }),
    },
    body: call.body === undefined ? undefined : writeJson(call.body),
    maximumBytes: call.maximumBytes,
  };
}

/** Sends a request and reports its result. */
export async function counted<Answer extends { readonly code: number }>(
  { clock, onRequest }: Pick<CallerParts, "clock" | "onRequest">,
  fact: Pick<RequestFact, "verb" | "kind" | "write">,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const start = clock.now();
  let code = 0;
  try {
    const answer = await send();
    code = answer.code;
    return answer;
  } finally {
    onRequest({ ...fact, code, seconds: (clock.now() - start) / 1_000 });
  }
}

function sendsSecret({ verb, kind, body }: Call): boolean {
  return isSecret(kind) && body !== undefined && verb !== "delete";
}

function factOf({ verb, kind, method }: Call): Pick<RequestFact, "verb" | "kind" | "write"> {
  return { verb, kind: kind.kind, write: method !== "GET" };
}

const absenceIsAnAnswer: ReadonlySet<string> = new Set(["get", "getMetadata", "delete"]);

async function absentOrThrow(parts: CallerParts, call: Call, refusal: Refusal): Promise<undefined> {
  if (refusal.code === 404 && absenceIsAnAnswer.has(call.verb) && !saysNotServed(refusal)) return undefined;
  throw await failed(parts, call, refusal);
}

async function failed({ discovery }: CallerParts, { kind }: Call, refusal: Refusal): Promise<OperatorError> {
  if (!saysNotServed(refusal)) return failureOf(refusal);
  discovery.forget(kind.apiVersion);
  try {
    await discovery.find(kind);
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  return new KindNotServed(kind.apiVersion, kind.kind);
}
