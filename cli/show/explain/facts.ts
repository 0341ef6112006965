import { referred } from "../../../crds/coupling/references.ts";
import { type FailureRecord, retryTimeOf } from "../../../crds/due/failure.ts";
import { fieldManager } from "../../../crds/names.ts";
import type { Serving } from "../../../crds/namespace/served.ts";
import type { Due } from "../../../crds/plug/next-stage.ts";
import type { PlugRef } from "../../../crds/plug/plug.generated.ts";
import type { StageName } from "../../../crds/stage-names.ts";
import { stages } from "../../../functions/stages.ts";
import type { Condition } from "../../../kit/conditions.ts";
import { keyText } from "../../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { type Sight, sightOf, unknown, versionNow } from "../../../kit/loop/references.ts";
import { absent, sameVersion } from "../../../kit/loop/versions.ts";
import { type CommonStatus, conditionOf, entryOf, type Fact, type Failure, type Warning } from "./explanation.ts";
import { type Bearings, type Found, nameOf, type Reader } from "./reader.ts";

/** The key of a referenced object. */
export function keyOfRef(ref: PlugRef): ObjectKey {
  const { apiVersion, kind, namespace, name } = referred(ref);
  return { apiVersion, kind, namespace, name };
}

/** The references whose objects are looked at: not those that stand for the object itself or its place. */
export function followed(refs: readonly PlugRef[] = []): readonly PlugRef[] {
  return refs.filter(({ kind }) => kind !== "Place");
}

/** What the reads show of a reference. */
export function sightIn(found: ReadonlyMap<string, Found>, ref: PlugRef): Sight {
  const one = found.get(keyText(keyOfRef(ref)));
  if (one?.kind === "found") return sightOf(one.object.metadata, fieldManager);
  return one?.kind === "absent" ? { known: true, metadata: undefined } : unknown;
}

/** Each object that was applied, compared with what its reference recorded. */
export function resourcesOf(status: CommonStatus, found: ReadonlyMap<string, Found>): readonly Fact[] {
  const applied = (status.refs ?? []).filter(({ role }) => role === "applied");
  return applied.map((ref) => ({
    what: nameOf(ref),
    side: ref.side,
    state: resourceState(ref, found, status.failure),
    note: resourceNote(ref, found),
  }));
}

function resourceState(ref: PlugRef, found: ReadonlyMap<string, Found>, failure: FailureRecord | undefined): string {
  const look = found.get(keyText(keyOfRef(ref)))?.kind;
  if (look === "kind not served") return "kind not served";
  if (failure?.inWay === `${ref.kind} ${ref.namespace ?? ""}/${ref.name}`) return "refused";
  if (look === "unread" || look === undefined) return "not readable";
  if (ref.uid === undefined) return failure?.reason === "Rejected" ? "refused" : "not applied yet";
  const sight = sightIn(found, ref);
  const live = sight.known ? sight.metadata : undefined;
  if (live === undefined) return "missing";
  if (live.uid !== ref.uid) return "replaced";
  const isDrifted = ref.version !== undefined && !sameVersion(ref.version, versionNow(ref, sight));
  return isDrifted ? "drifted" : "applied";
}

function resourceNote(ref: PlugRef, found: ReadonlyMap<string, Found>): string | undefined {
  const notes = [
    ...(ref.foreign === true ? ["existed before; Plugboard gives it back instead of deleting it"] : []),
    ...(ref.retained === true ? ["stays when the coupling ends"] : []),
    ...(ref.entry === "created" ? ["made at creation, not repaired"] : []),
    ...lastChange(ref, found),
  ];
  return notes.length === 0 ? undefined : notes.join("; ");
}

/** The client that changed a drifted object last. */
function lastChange(ref: PlugRef, found: ReadonlyMap<string, Found>): readonly string[] {
  const sight = sightIn(found, ref);
  if (!sight.known || sight.metadata === undefined || ref.version === undefined) return [];
  if (sameVersion(ref.version, versionNow(ref, sight))) return [];
  const [last] = (sight.metadata.managedFields ?? [])
    .filter(({ manager }) => manager !== fieldManager)
    .toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1));
  return [
    last === undefined ? "changed since" : `changed since by ${last.manager} (${last.time ?? "at an unknown time"})`,
  ];
}

/** What stages wait for. */
export function waitsOf({ refs = [] }: CommonStatus, found: ReadonlyMap<string, Found>): readonly Fact[] {
  return refs
    .filter(({ role }) => role === "awaited")
    .map((ref) => {
      const sight = sightIn(found, ref);
      const isThere = sight.known && sight.metadata !== undefined;
      const isEnding = sight.known && sight.metadata?.deletionTimestamp !== undefined;
      return {
        what: nameOf(ref),
        side: ref.side,
        state: !sight.known ? "not readable" : !isThere ? "does not exist" : isEnding ? "is being deleted" : "exists",
        note: `${ref.stage ?? "a stage"} waits for it${ref.until === undefined ? "" : `, until ${ref.until}`}`,
      };
    });
}

/** A source of config: the recorded version compared with the present one. */
export function inputFact(ref: PlugRef, found: ReadonlyMap<string, Found>, note: string | undefined): Fact {
  const look = found.get(keyText(keyOfRef(ref)))?.kind;
  const sight = sightIn(found, ref);
  const now = versionNow(ref, sight);
  const state =
    look === "kind not served"
      ? "kind not served"
      : !sight.known
        ? "not readable"
        : now === absent
          ? "missing"
          : ref.version !== undefined && !sameVersion(ref.version, now)
            ? "changed since the last look"
            : `as seen (version ${ref.version?.split("@")[0] ?? "unknown"})`;
  return { what: nameOf(ref), side: ref.side, state, note };
}

/** The recorded failure, with its remedy. */
export function failureOf(failure: FailureRecord | undefined): Failure | undefined {
  if (failure === undefined) return undefined;
  const { stage, reason, attempts, inWay, answer } = failure;
  const retryAt = retryTimeOf(failure) === undefined ? undefined : failure.retryAt;
  return { stage, reason, attempts, retryAt, inWay, answer, remedy: entryOf(reason)?.remedy ?? "" };
}

/** The most warnings of an explanation. */
const warningsAtMost = 10;

/** The warnings about an object that its summary does not repeat. The cluster keeps Events for about an hour. */
export async function warningsOf(
  reader: Reader,
  { metadata }: KubeObject,
  summary: Condition | undefined,
): Promise<readonly Warning[]> {
  const { namespace, uid } = metadata;
  const fieldSelector = `regarding.uid=${uid},type=Warning`;
  const query = { apiVersion: "events.k8s.io/v1", kind: "Event", namespace, fieldSelector };
  const events = (await reader.list(query, `Events of namespace ${namespace}`)) ?? [];
  const warnings = events.map((event) => {
    const text = (...names: readonly string[]): string => String(names.map((name) => event[name]).find(Boolean) ?? "");
    const reason = text("reason");
    const at = text("eventTime", "deprecatedLastTimestamp");
    return { reason, note: text("note"), at, remedy: entryOf(reason)?.remedy ?? "" };
  });
  const others = warnings.filter(({ reason }) => reason !== summary?.reason || summary.status === "True");
  return others.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, warningsAtMost);
}

/** The hooks that answered, one sentence each. */
export function hooksOf({ hooks = [] }: CommonStatus): readonly string[] {
  return hooks.map(({ side, event, revision }) => `${side}: ${event} answered for revision ${revision}`);
}

/** What Plugboard does next, in one sentence. */
export function nextOf(due: Due<StageName>, status: CommonStatus): string {
  const { stage: claim } = status;
  if (due.stage !== undefined) {
    const isRetried = conditionOf(status, "Failed")?.status === "True";
    const again = isRetried ? " The last stage failed; Plugboard retries with growing delays." : "";
    return `Stage ${due.stage} is due: it ${stages[due.stage].does}.${again}`;
  }
  if ("lookAgainAt" in due && due.lookAgainAt !== undefined)
    return `Stage ${claim?.name ?? ""} runs now (instance ${claim?.holder ?? "unknown"}, until ${claim?.until ?? ""}).`;
  if ("opensAt" in due && due.opensAt !== undefined)
    return `Nothing until ${new Date(due.opensAt).toISOString()}, or until something changes that it depends on.`;
  return "Nothing, until something changes that it depends on.";
}

/** The namespaces that Plugboard serves. Its options are not recorded, but a status says that they leave this one out. */
export function servingOf(held: string | undefined, { operatorNamespace, serveNamespaces }: Bearings): Serving {
  return { operatorNamespace, serveNamespaces, ...(held === "NotServed" ? { namespaces: [] } : {}) };
}

/** A Job that a coupling reads or waits for. */
export interface Job {
  readonly namespace: string;
  readonly name: string;
  readonly side: "plug" | "socket" | undefined;
  readonly state: "not readable" | "does not exist" | "runs" | "succeeded" | "failed" | "suspended";
  /** The reason of its failure. */
  readonly why: string | undefined;
}

/** The state of each Job among references. */
export async function jobsOf(reader: Reader, refs: readonly PlugRef[] = []): Promise<readonly Job[]> {
  const wanted = refs.filter(
    ({ kind, apiVersion, role, namespace }) =>
      kind === "Job" && apiVersion?.startsWith("batch/") === true && role !== "applied" && namespace !== undefined,
  );
  return Promise.all(
    wanted.map(async ({ apiVersion = "batch/v1", kind, namespace = "", name, side }): Promise<Job> => {
      const look = await reader.object({ apiVersion, kind, namespace, name });
      const base = { namespace, name, side };
      if (look.kind !== "found")
        return { ...base, state: look.kind === "unread" ? "not readable" : "does not exist", why: undefined };
      return { ...base, ...progressOf(look.object["spec"], look.object["status"]) };
    }),
  );
}

/** A Job's state as a sentence without its full stop. */
export function jobState({ state, why, ...job }: Job): string {
  return `${nameOf({ kind: "Job", ...job })} ${state === "failed" ? "has failed" : state}${why === undefined ? "" : ` (${why})`}`;
}

function progressOf(spec: unknown, status: unknown): Pick<Job, "state" | "why"> {
  const conditions = field(status, "conditions");
  const failed: unknown = Array.isArray(conditions)
    ? conditions.find((one) => field(one, "type") === "Failed" && field(one, "status") === "True")
    : undefined;
  const why = field(failed, "reason");
  if (failed !== undefined) return { state: "failed", why: typeof why === "string" ? why : undefined };
  if (field(status, "completionTime") !== undefined) return { state: "succeeded", why: undefined };
  return { state: field(spec, "suspend") === true ? "suspended" : "runs", why: undefined };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
