import { isIP } from "node:net";
import type { Clock } from "../../kit/clock.ts";
import { parseJson, writeJson } from "../../kit/encoding/exact-json.ts";
import { InvalidInput, Refused, Throttled, Unavailable } from "../../kit/errors.ts";
import type { AllowedHosts } from "../../kit/http/allowed-hosts.ts";
import type { RawAnswer } from "../../kit/http/answer-collector.ts";
import { type Dial, sendPinned } from "../../kit/http/pinned-http.ts";
import type { Blanker } from "../../kit/outlet/blanker.ts";
import { type Trace, writeTraceparent } from "../../kit/trace-context.ts";
import { checkAddress, type Endpoint } from "./endpoint.ts";

/** How apparatuses are reached. Passed in, so that tests and `plugboard dev` can use another network. */
export interface ApparatusAccess {
  readonly dial: Dial;
  /** The addresses of a host. @throws if it has none */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly allowed: AllowedHosts;
  /** The timeout of a whole call. */
  readonly timeoutMilliseconds: number;
  /** The apparatuses that have answered a ping of this process. */
  readonly answered: Set<string>;
}

/** The target of a call, before its address is known. */
export interface CallTarget {
  readonly kind: Endpoint["kind"];
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The prefix of the call's path. */
  readonly path: string;
  /**
   * The address that the API server reported; then no name is looked up.
   * Always set for an apparatus of its own that is a Pod.
   */
  readonly address?: string | undefined;
}

export interface ApparatusCall {
  readonly method: "GET" | "POST";
  /** For example /coupled. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface CallTools {
  readonly clock: Clock;
  readonly access: ApparatusAccess;
  /** The trace of the call; absent: the call starts one. */
  readonly trace?: Trace | undefined;
  /** Returns new random text of 48 or more hexadecimal digits. */
  readonly random: () => string;
  /** Removes secrets from the text of the apparatus. */
  readonly blanked: Blanker;
}

/** The most bytes that are sent or received in one body. */
export const longestBodyBytes = 1_048_576;
const longestSaying = 1_024;
/** The most characters of an answer that are read: later text would be cut anyway. */
const longestLook = 16_384;
const longestRetrySeconds = 900;
const transient: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Calls an apparatus once.
 * The name is looked up once, and the connection goes to the address that was checked.
 * Returns the body of a 2xx answer.
 * @throws Refused (final), InvalidInput (the address), TooLarge (the request); Unavailable, Throttled, Timeout
 */
export async function callApparatus(target: CallTarget, call: ApparatusCall, tools: CallTools): Promise<string> {
  const { access, clock } = tools;
  const title = `apparatus ${call.method} ${target.host}${target.port === 80 ? "" : `:${target.port}`}${target.path}${call.path}`;
  const address = await addressOf(target, title, access);
  const { host, port, tls } = target;
  const answer = await sendPinned(
    {
      title,
      host,
      port,
      tls,
      address,
      method: call.method,
      path: target.path + call.path,
      headers: headersOf(call, target, tools),
      body: call.body,
    },
    { clock, dial: access.dial, timeoutMilliseconds: access.timeoutMilliseconds, maximumBytes: longestBodyBytes },
  );
  if (answer.code >= 200 && answer.code < 300) return answer.text;
  throw failureOf(answer, title, tools.blanked);
}

/** All addresses of the name must be allowed, because any of them may be used. */
async function addressOf(target: CallTarget, title: string, access: ApparatusAccess): Promise<string> {
  const addresses = target.address === undefined ? await lookUp(target.host, title, access) : [target.address];
  for (const address of addresses) checkAddress(target, target.host, address, access.allowed);
  const [first] = addresses;
  if (first === undefined) throw new Unavailable(`${title} cannot be reached: its name has no address`);
  return first;
}

async function lookUp(host: string, title: string, access: ApparatusAccess): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return await access.resolve(host);
  } catch (cause) {
    throw new Unavailable(`${title} cannot be reached: its name cannot be looked up`, { cause });
  }
}

function headersOf(
  { body, idempotencyKey }: ApparatusCall,
  target: CallTarget,
  { random, trace }: CallTools,
): Record<string, string> {
  const usual = target.port === (target.tls ? 443 : 80);
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host;
  const id = random();
  return {
    host: usual ? host : `${host}:${target.port}`,
    accept: "application/json",
    "user-agent": "plugboard",
    traceparent: writeTraceparent(trace ?? { id: id.slice(0, 32), parent: "", flags: "01" }, id.slice(32, 48)),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
  };
}

function failureOf(answer: RawAnswer, title: string, blanked: Blanker): Error {
  const { code, retryAfterSeconds } = answer;
  if (code < 500 && !transient.has(code))
    return new Refused(`${title} was refused (${code})${sayingOf(answer, blanked)}`);
  const waitSeconds = retryAfterSeconds === undefined ? undefined : Math.min(retryAfterSeconds, longestRetrySeconds);
  if (code === 429 || waitSeconds !== undefined) return new Throttled(`${title} asks to wait (${code})`, waitSeconds);
  return new Unavailable(`${title} answered ${code}`);
}

/** The text of the apparatus, without secrets. It is cut after they are removed, so that no part of one remains. */
function sayingOf({ code, text }: RawAnswer, blanked: Blanker): string {
  if (code >= 300 && code < 400) return ": it answered with a redirect, which is not followed";
  const said = (blanked(messageIn(text).slice(0, longestLook)) ?? "").replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return said === ""
    ? ""
    : `: ${Buffer.from(said)
        .subarray(0, longestSaying)
        .toString()
        .replace(/\uFFFD$/, "")}`;
}

/** The message or error in a JSON body, else the body. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const fields = typeof body === "object" && body !== null ? Object.entries(body) : [];
    const found = ["message", "error", "detail"].map((name) => fields.find(([field]) => field === name)?.[1]);
    return found.find((one): one is string => typeof one === "string") ?? text;
  } catch {
    return text;
  }
}

/**
 * The config in an answer: a JSON object.
 * Values that are not strings become JSON text.
 * @throws Unavailable, InvalidInput
 */
export function parseConfigAnswer(text: string, title: string): { readonly [key: string]: string } {
  const body = jsonOf(text, title);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new Unavailable(`${title} answered with something other than a JSON object`);
  const entries = Object.entries(body);
  if (entries.some(([key]) => key === "__proto__")) throw new InvalidInput(`${title} answered with a key __proto__`);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === "string" ? value.toWellFormed() : writeJson(value)]),
  );
}

function jsonOf(text: string, title: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new Unavailable(`${title} answered with something other than JSON`);
  }
}
