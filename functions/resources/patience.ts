import * as messages from "../../crds/messages.ts";
import { labels } from "../../crds/names.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube/port.ts";
import type { StepResult } from "../../kit/performing/steps.ts";
import type { Ownership } from "./ownership-marks.ts";

/**
 * How long a stage waits: for Jobs and Pods of others to end before it recreates them, and for finalizers on objects
 * that it deletes.
 */
export interface Patience {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The references of the objects that are already awaited. */
  readonly awaited: readonly PlugRef[];
  /** The plug or socket is being deleted: it does not wait for Jobs and Pods of others. */
  readonly hurried?: boolean | undefined;
}

/** The patience of a stage, with the waits in its status. */
export function patienceOf(
  refs: readonly PlugRef[] | undefined,
  { now, hurried }: Omit<Patience, "awaited">,
): Patience {
  return { now, hurried, awaited: (refs ?? []).filter(({ role }) => role === "awaited") };
}

/** The longest wait, in seconds. */
const longestWaitSeconds = 600;

/** When a wait for an object ends, in milliseconds since the epoch. A wait that has begun keeps its end. */
export function waitEnds(
  { now, awaited }: Patience,
  {
    key,
    uid,
    seconds = longestWaitSeconds,
  }: { readonly key: ObjectKey; readonly uid?: string | undefined; readonly seconds?: number | undefined },
): number {
  const known = awaited.find(
    (ref) =>
      (uid === undefined || ref.uid === uid) &&
      keyText({ ...ref, apiVersion: ref.apiVersion ?? "v1" }) === keyText(key),
  );
  return known?.until === undefined ? now + seconds * 1_000 : Date.parse(known.until);
}

/**
 * Whether a reference is a wait of this stage with an end.
 * It stays in the status while the stage runs, so that a restarted process does not start the wait again.
 */
export function isBoundedWait({ role, until, stage: waits }: PlugRef, stage: string): boolean {
  return role === "awaited" && until !== undefined && waits === stage;
}

/** The maker of a Job or Pod. */
export type Maker = "coupling" | "socket";

/** The other maker of the object, by its labels; undefined if that is the owner, or if it has no label of ours. */
export function otherMaker({ labels: marks = {} }: ObjectMeta, owner: Ownership): Maker | undefined {
  const { [labels.plugUid]: plugUid, [labels.socketUid]: socketUid } = marks;
  if (plugUid !== undefined) return plugUid === owner.plugUid ? undefined : "coupling";
  return socketUid === undefined || socketUid === owner.socketUid ? undefined : "socket";
}

/** Whether objects of the kind run to an end. */
export function runsToCompletion({ apiVersion, kind }: Pick<ObjectKey, "apiVersion" | "kind">): boolean {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return (group === "batch" && kind === "Job") || (group === "" && kind === "Pod");
}

/** Whether the Job or Pod exists, has not ended and is not being deleted. */
export async function isRunning(kube: Kube, key: ObjectKey): Promise<boolean> {
  const found = await kube.get(key);
  return found !== undefined && found.metadata.deletionTimestamp === undefined && !hasEnded(found);
}

/** Whether a Job is complete or has failed, or a Pod has succeeded or failed. */
function hasEnded({ status }: KubeObject): boolean {
  const { phase, conditions }: { phase?: unknown; conditions?: unknown } = isRecord(status) ? status : {};
  if (phase === "Succeeded" || phase === "Failed") return true;
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (condition) =>
      isRecord(condition) &&
      (condition["type"] === "Complete" || condition["type"] === "Failed") &&
      condition["status"] === "True",
  );
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

/** An object that a Warning is about, as Events name it. */
export type About = Pick<KubeObject, "apiVersion" | "kind" | "metadata">;

/** Warnings that Jobs and Pods of others are deleted before they end. */
export function warnOfCutShort(
  about: readonly About[],
  runs: readonly { readonly key: ObjectKey; readonly othersRun?: Maker | undefined }[],
): readonly messages.OurNotice[] {
  return runs.flatMap(({ key, othersRun = "coupling" }) => warnings(about, messages.cutShort(key, othersRun)));
}

/** Warnings that objects which a stage deleted still exist after it waited for them. */
export function warnOfLingering(
  about: readonly About[],
  results: readonly StepResult[],
): readonly messages.OurNotice[] {
  return results.flatMap((result) =>
    result.kind === "skipped" && result.lingers === true
      ? warnings(about, messages.lingers(result.key, result.why))
      : [],
  );
}

function warnings(about: readonly About[], said: messages.Said): readonly messages.OurNotice[] {
  return about.map(({ apiVersion, kind, metadata }) => ({
    about: { apiVersion, kind, metadata },
    type: "Warning",
    ...said,
  }));
}
