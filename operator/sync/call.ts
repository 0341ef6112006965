import type { Clock } from "../../kit/clock.ts";
import { copyJson, writeJson } from "../../kit/encoding/exact-json.ts";
import { unexpectedValue } from "../../kit/errors.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { HandlerFailed, InvalidResult } from "../definition/failures.ts";
import { asInvalidResult, thrownBy } from "./parent.ts";

/** What a handler returned, with the form checked but not its children. */
export interface Returned {
  /** Undefined: `finalize` leaves the children as they are. */
  readonly children: readonly unknown[] | undefined;
  readonly keep: readonly KubeObject[];
  readonly status: { readonly [field: string]: unknown } | undefined;
  readonly resyncAfterSeconds: number | undefined;
  readonly waiting: string | undefined;
  readonly finalized: boolean;
}

/** The most bytes that a handler may return. */
const largestResult = 4 * 1_048_576;

type Fields = { readonly [field: string]: unknown };

/**
 * Calls a handler, and gives up waiting for it after its time.
 * @throws OperatorError
 */
export async function callHandler(
  name: "sync" | "finalize",
  handler: (signal: AbortSignal) => unknown,
  { clock, timeoutSeconds }: { readonly clock: Clock; readonly timeoutSeconds: number },
): Promise<Returned> {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutSeconds * 1_000, () => {
    late.reject(new HandlerFailed(`${name}() did not end within ${timeoutSeconds} s`));
    abort.abort();
  });
  try {
    const result = await Promise.race([attempt(name, () => handler(abort.signal)), late.promise]);
    return parseReturned(name, result);
  } finally {
    cancel();
  }
}

/** Calls a function of the operator's author. @throws OperatorError */
export async function attempt<Result>(name: string, call: () => Result): Promise<Awaited<Result>> {
  try {
    return await call();
  } catch (thrown) {
    throw thrownBy(name, thrown);
  }
}

/** @throws InvalidResult */
function parseReturned(name: "sync" | "finalize", value: unknown): Returned {
  const result = asJson(name, value);
  const { children, keep = [], status, resyncAfterSeconds, waiting, finalized } = result;
  if (name === "finalize" && typeof finalized !== "boolean")
    throw wrong("finalize().finalized", "true or false", finalized);
  if (children === undefined && name === "sync") throw wrong("sync().children", "a list", children);
  if (children !== undefined && !Array.isArray(children)) throw wrong(`${name}().children`, "a list", children);
  if (!Array.isArray(keep)) throw wrong(`${name}().keep`, "a list", keep);
  if (status !== undefined && !isFields(status)) throw wrong(`${name}().status`, "an object", status);
  if (resyncAfterSeconds !== undefined && !(typeof resyncAfterSeconds === "number" && resyncAfterSeconds > 0))
    throw wrong(`${name}().resyncAfterSeconds`, "a number of seconds above 0", resyncAfterSeconds);
  if (waiting !== undefined && typeof waiting !== "string") throw wrong(`${name}().waiting`, "a text", waiting);
  const kept = keep.map((one, index) => requireObject(one, `${name}().keep[${index}]`));
  return { children, keep: kept, status, resyncAfterSeconds, waiting, finalized: finalized === true };
}

/** The result as JSON, without what JSON cannot express. */
function asJson(name: string, value: unknown): Fields {
  if (!isFields(value)) throw wrong(`${name}()`, "an object with children", value);
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined)
    throw new InvalidResult(`${name}(): there is no field ${unknown}; the fields are ${fields.join(", ")}`);
  const text = written(name, value);
  if (text.length > largestResult)
    throw new InvalidResult(`${name}() returned ${Math.ceil(text.length / 1_048_576)} MiB; at most 4 MiB are accepted`);
  const copy = copyJson(value);
  return isFields(copy) ? copy : {};
}

const fields: readonly string[] = ["children", "keep", "status", "resyncAfterSeconds", "waiting", "finalized"];

function written(name: string, value: unknown): string {
  try {
    return writeJson(value);
  } catch (cause) {
    throw new InvalidResult(`${name}() returned what JSON cannot express, such as a cycle`, { cause });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(at: string, expected: string, found: unknown): InvalidResult {
  return asInvalidResult(unexpectedValue(at, expected, found));
}

/** Whether a value has the outer form of an object. @throws InvalidResult naming the field */
export function requireObject(value: unknown, at: string): KubeObject {
  if (!isFields(value)) throw wrong(at, "an object with apiVersion, kind and metadata", value);
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string") throw wrong(`${at}.apiVersion`, "a text", apiVersion);
  if (typeof kind !== "string") throw wrong(`${at}.kind`, "a text", kind);
  if (!isFields(metadata)) throw wrong(`${at}.metadata`, "an object with a name", metadata);
  const { name } = metadata;
  if (typeof name !== "string" || !/^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$/.test(name))
    throw wrong(`${at}.metadata.name`, "a Kubernetes name (generateName is not supported)", name);
  return { ...value, apiVersion, kind, metadata: { ...metadata, name } };
}
