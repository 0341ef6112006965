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

/** How apparatuses are reached: passed in, so that a test or a developer's machine can put something else in their place. */
export interface ApparatusAccess {
  readonly dial: Dial;
  /** The addresses of a host. @throws where it has none */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly allowed: AllowedHosts;
  /** For the whole of one call. */
  readonly timeoutMilliseconds: number;
  /** Which apparatuses have answered a ping of this process. */
  readonly answered: Set<string>;
}

/** Where a call goes, before its address is known. */
export interface CallTarget {
  readonly kind: Endpoint["kind"];
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** What comes before the call's own path. */
  readonly path: string;
  /** The address, where the API server told it; then no name is looked up. Always there for an own apparatus that is a Pod. */
  readonly address?: string | undefined;
}

export interface ApparatusCall {
  readonly method: "GET" | "POST";
  /** Such as /coupled. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface CallTools {
  readonly clock: Clock;
  readonly access: ApparatusAccess;
  /** The trace that the call belongs to; absent: one of its own. */
  readonly trace?: Trace | undefined;
  /** Fresh text of hexadecimal digits, 48 or more. */
  readonly random: () => string;
  /** Takes what is secret out of what the apparatus said. */
  readonly blanked: Blanker;
}

/** The most that is sent and taken in one body. */
export const longestBodyBytes = 1_048_576;
const longestSaying = 1_024;
/** What is looked at for them: what comes later could only be cut. */
const longestLook = 16_384;
const longestRetrySeconds = 900;
const transient: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Calls an apparatus once: its name is looked up once, and the connection goes to the very address that was judged. Gives the body of a 2xx answer.
 * @throws Refused (final), InvalidInput (the address), TooLarge (what is sent); Unavailable, Throttled, Timeout
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

/** Every address that the name has must be one that may be called: which of them is used is nobody's to choose. */
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

/** What the apparatus said, without secrets; cut only after they have gone, so that no part of one is left. */
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

/** The message or error of a JSON body, else the body. */
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

/** The config of an answer: a JSON object whose values become text, those that are no strings as JSON. @throws Unavailable, InvalidInput */
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
