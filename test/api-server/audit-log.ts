import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** One line of the audit log, in our words. */
export interface AuditedRequest {
  readonly user: string;
  /** On whose behalf, where it was impersonated. */
  readonly impersonated?: string | undefined;
  readonly verb: string;
  /** Absent for the core group. */
  readonly apiGroup?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly code?: number | undefined;
  /** What it was refused with. */
  readonly message?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** Every request that was answered before this call, oldest first; the log is read once a request of our own stands in it.
 * @param ask sends a GET to a path of the API server */
export async function readAuditLog(
  path: string,
  ask: (path: string) => Promise<unknown>,
): Promise<readonly AuditedRequest[]> {
  const marker = `/version?audited=${randomUUID()}`;
  await ask(marker);
  let log = await readFile(path, "utf8");
  // The server answers first and writes the line a moment later.
  while (!log.slice(0, log.lastIndexOf("\n")).includes(marker)) {
    await pause(20);
    log = await readFile(path, "utf8");
  }
  const entries: readonly AuditEntry[] = log.split("\n").slice(0, -1).map(parseLine);
  return entries.filter((entry) => entry.stage === "ResponseComplete" && entry.requestURI !== marker).map(inOurWords);
}

/** The requests of whoever's name has this text in it, oldest first; of a log that may be too large to be read at once. */
export async function readAuditLogOf(path: string, name: string): Promise<readonly AuditedRequest[]> {
  const requests: AuditedRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!line.includes(name) || !line.endsWith("}")) continue;
    const entry = parseLine(line);
    if (entry.stage === "ResponseComplete" && entry.user.username.includes(name)) requests.push(inOurWords(entry));
  }
  return requests;
}

/** The part that is read of an audit.k8s.io/v1 Event. */
interface AuditEntry {
  readonly stage: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly userAgent?: string;
}

function parseLine(line: string): AuditEntry {
  return JSON.parse(line);
}

function inOurWords({
  user,
  impersonatedUser,
  verb,
  objectRef,
  responseStatus,
  userAgent,
}: AuditEntry): AuditedRequest {
  return {
    user: user.username,
    impersonated: impersonatedUser?.username,
    verb,
    apiGroup: objectRef?.apiGroup,
    resource: objectRef?.resource,
    subresource: objectRef?.subresource,
    namespace: objectRef?.namespace,
    name: objectRef?.name,
    code: responseStatus?.code,
    message: responseStatus?.message,
    userAgent,
  };
}
