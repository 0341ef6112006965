import { type OperatorError, Unavailable } from "../errors.ts";
import type { KubeObject, WatchEvent, WatchQuery } from "../kube/port.ts";
import { failureOf, parseStatus } from "./answers/api-status.ts";
import { isRecord, parseAnswer, parseMetadataOf, parseObject, readText } from "./answers/kube-object.ts";
import { type ApiCaller, type Call, nameCall } from "./api-caller.ts";
import { resourcePath, withQuery } from "./resources/resource-path.ts";

/** The limits of one watch. */
export interface WatchLimits {
  /** The server ends a watch after about this time. It is spread, so that a client's watches do not end together. */
  readonly serverSeconds: number;
  /** A watch without data for this time, bookmarks included, counts as dead. */
  readonly silenceMilliseconds: number;
  readonly maximumBytes: number;
}

const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * Watches on one connection until the signal is aborted, the server ends it or the connection is lost.
 * @throws Expired and the failure of a refusal
 */
export async function* watchLive(
  caller: ApiCaller,
  query: WatchQuery,
  limits: WatchLimits,
): AsyncGenerator<WatchEvent> {
  const call = watchCall(query, limits);
  const opened = await openUnlessAborted(caller, call, query.signal, limits);
  if (opened === undefined) return;
  query.opened?.();
  for await (const line of readUntilLost(opened.body, limits.maximumBytes)) {
    if (query.signal.aborted) return;
    yield parseEvent(line, query, nameCall(call));
  }
}

function watchCall(query: WatchQuery, limits: WatchLimits): Call {
  const parameters = {
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: query.resourceVersion,
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector,
    timeoutSeconds: String(Math.round(limits.serverSeconds * (1 + Math.random()))),
  };
  return {
    verb: "watch",
    kind: { apiVersion: query.apiVersion, kind: query.kind },
    namespace: query.namespace,
    method: "GET",
    path: (served) => withQuery(resourcePath(served, { namespace: query.namespace }), parameters),
    accept: query.metadataOnly ? metadataOnly : undefined,
    maximumBytes: limits.maximumBytes,
  };
}

async function openUnlessAborted(caller: ApiCaller, call: Call, signal: AbortSignal, limits: WatchLimits) {
  if (signal.aborted) return undefined;
  try {
    return await caller.open(call, signal, limits.silenceMilliseconds);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/**
 * A broken connection ends the watch like an end by the server: the caller watches again from the last version seen.
 */
async function* readUntilLost(chunks: AsyncIterable<Buffer>, maximumBytes: number): AsyncGenerator<string> {
  try {
    yield* readLines(chunks, maximumBytes);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
  }
}

function parseEvent(line: string, query: WatchQuery, request: string): WatchEvent {
  const event = parseAnswer(line, request);
  const { type, object } = isRecord(event) ? event : {};
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: parseWatched(object, query, request) };
    case "BOOKMARK":
      return { type, resourceVersion: parseBookmark(object, request) };
    case "ERROR":
      throw parseError(object, request);
    default:
      throw new Unavailable(`${request} sent an event of an unknown type`);
  }
}

function parseWatched(object: unknown, query: WatchQuery, request: string): KubeObject {
  return query.metadataOnly ? parseMetadataOf(object, query, request) : parseObject(object, request);
}

function parseBookmark(object: unknown, request: string): string {
  const metadata = isRecord(object) && isRecord(object["metadata"]) ? object["metadata"] : {};
  const resourceVersion = readText(metadata["resourceVersion"]);
  if (resourceVersion === undefined) throw new Unavailable(`${request} sent a bookmark without a resourceVersion`);
  return resourceVersion;
}

function parseError(object: unknown, request: string): OperatorError {
  const status = parseStatus(object);
  const code = isRecord(object) && typeof object["code"] === "number" ? object["code"] : 500;
  return failureOf({ request, code, status, retryAfterSeconds: status.retryAfterSeconds, sentBytes: 0 });
}

const newline = 0x0a;

/**
 * Splits a stream into lines of limited bytes.
 * Text after the last line end is incomplete and dropped.
 * @throws Unavailable if a line is too long
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maximumBytes: number): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield join(pending, chunk.subarray(start, end));
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maximumBytes) throw new Unavailable(`a watch sent a line longer than ${maximumBytes} bytes`);
  }
}

function join(pending: readonly Buffer[], last: Buffer): string {
  return (pending.length === 0 ? last : Buffer.concat([...pending, last])).toString("utf8");
}
