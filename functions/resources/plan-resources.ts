import { serverSetFields, toEnd } from "../../crds/messages.ts";
import { annotations, fieldManager } from "../../crds/names.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { Forbidden, KindNotServed, NotFound, OperatorError } from "../../kit/errors.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type {
  Kind,
  Kube,
  KubeObject,
  ObjectKey,
  ObjectMeta,
  ServedKind,
  ServiceAccountName,
} from "../../kit/kube/port.ts";
import { absent, versionOfApplied } from "../../kit/loop/versions.ts";
import { bears, type Marks } from "../../kit/performing/marks.ts";
import type { Outcome } from "../../kit/performing/perform.ts";
import type { Expected, StepResult, Tolerance } from "../../kit/performing/steps.ts";
import type { Remark } from "../rendering/remarks.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import { type Side, sides } from "../rendering/values.ts";
import type { MadeBesides } from "../snapshot/snapshot.ts";
import type { StageContext } from "../stage.ts";
import { withoutIgnored } from "./ignored-fields.ts";
import type { SharedBy } from "./leave-shared.ts";
import type { Step } from "./own-effects.ts";
import { isStrangers, type Ownership, owned } from "./ownership-marks.ts";
import { isRunning, type Maker, otherMaker, type Patience, runsToCompletion, waitEnds } from "./patience.ts";

/** The lifetime of an applied object: it ends with the coupling, with its result, or with its own side. */
export type Entry = "coupling" | "result" | "created";

/** A rendered resource with its present state in the cluster. */
export interface PlacedResource {
  readonly resource: RenderedResource;
  readonly object: KubeObject;
  readonly key: ObjectKey;
  readonly as: ServiceAccountName;
  readonly seen: ObjectMeta | undefined;
  /** The expected state, so that an object created in the meantime is not overwritten. */
  readonly expects: Expected;
  /** No object of that name is known, and the stage has not looked for one. */
  readonly unlooked?: boolean | undefined;
  /** The template contains a status, but the kind accepts it only through its subresource. It is left out. */
  readonly leavesStatus?: boolean | undefined;
  /** The other maker of a Job or Pod that must be recreated and has not ended. */
  readonly othersRun?: Maker | undefined;
}

export interface Owners {
  readonly serviceAccounts: { readonly [side in Side]: ServiceAccountName };
  readonly ownershipOf: (side: Side) => Ownership;
}

/**
 * Finds how each resource is served and whether the object exists, as its owner's service account.
 * Resources of an unreachable side are left out.
 * @throws KindNotServed, Forbidden
 */
export async function placeResources(
  kube: Kube,
  resources: readonly RenderedResource[],
  planning: PlacingPlan,
): Promise<readonly PlacedResource[]> {
  return (await placeOrLeave(kube, resources, planning)).placed;
}

type PlacingPlan = Pick<Planning, "owners" | "toleranceOf" | "before" | "expectsNew" | "looksOnly" | "patience">;

/** The resources that were found, and those left out because their side is unreachable or may fail. */
export interface Placing {
  readonly placed: readonly PlacedResource[];
  readonly left: readonly { readonly object: KubeObject; readonly why: string }[];
}

/** Like placeResources, but names the resources that were left out. @throws KindNotServed, Forbidden */
export async function placeOrLeave(
  kube: Kube,
  resources: readonly RenderedResource[],
  planning: PlacingPlan,
): Promise<Placing> {
  const left: { object: KubeObject; why: string }[] = [];
  const placed = resources.map(async (resource): Promise<PlacedResource | undefined> => {
    try {
      return await placeOne(kube, resource, planning);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      // Objects of a kind that is not served do not exist.
      if (resource.do === "delete" && error instanceof KindNotServed) return undefined;
      if (!letsPass(planning.toleranceOf(resource.side), error)) throw error;
      left.push({ object: resource.object, why: error.message });
      return undefined;
    }
  });
  return { placed: inOrder((await Promise.all(placed)).filter((one) => one !== undefined)), left };
}

/** Refused or absent objects are skipped; a temporary failure is retried. */
function letsPass(tolerance: Tolerance, error: OperatorError): boolean {
  const beyondReach = error instanceof Forbidden || error instanceof NotFound || error instanceof KindNotServed;
  return tolerance === "any" || (tolerance === "unreachable" && beyondReach);
}

async function placeOne(
  kube: Kube,
  resource: RenderedResource,
  { owners, before, expectsNew = false, looksOnly = false, patience }: PlacingPlan,
): Promise<PlacedResource> {
  const anyVersion = looksOnly || resource.do === "delete";
  const { object: whole, apiVersion, leavesStatus } = await placed(kube, resource.object, anyVersion);
  const key = { ...keyOf(whole), apiVersion };
  const as = owners.serviceAccounts[resource.side];
  const unlooked = expectsNew && resource.do !== "delete" && !before.has(keyText(key));
  const looks = resource.do !== "delete" && !unlooked;
  const seen = looks ? (await kube.as(as).getMetadata(key))?.metadata : undefined;
  // A recreated object is complete.
  const ignore = resource.do === "apply" ? (resource.ignore ?? []) : [];
  const object = withoutIgnored(whole, { ignore, seen, fieldManager });
  const one = { resource, object, key, as, seen, expects: expected(seen, ignore), leavesStatus, unlooked };
  if (resource.do !== "recreate" || seen === undefined || !runsToCompletion(key)) return one;
  const maker = otherMaker(seen, owners.ownershipOf(resource.side));
  if (maker === undefined || patience === undefined || patience.hurried === true) return one;
  return (await isRunning(kube.as(as), key)) ? { ...one, othersRun: maker } : one;
}

/** Whether ignored fields are still ours is only known for the version that was read. */
function expected(seen: ObjectMeta | undefined, ignore: readonly string[]): Expected {
  if (seen?.uid === undefined) return { kind: "nothing" };
  const { uid, resourceVersion } = seen;
  return ignore.length > 0 && resourceVersion !== undefined
    ? { kind: "version", uid, resourceVersion }
    : { kind: "uid", uid };
}

/** An object that an earlier entry of the stage applied is found again. */
function inOrder(placed: readonly PlacedResource[]): readonly PlacedResource[] {
  const met = new Set<string>();
  return placed.map((one) => {
    const key = keyText(one.key);
    const again = met.has(key);
    met.add(key);
    return again ? { ...one, expects: { kind: "anything" }, unlooked: false } : one;
  });
}

/** The keys of resources. */
export async function keysOf(kube: Kube, resources: readonly RenderedResource[]): Promise<ReadonlySet<string>> {
  const objects = await Promise.all(resources.map(({ object }) => placed(kube, object, true)));
  return new Set(objects.map(({ object }) => keyText(keyOf(object))));
}

/**
 * The object, without a namespace if its kind has none and without a status that cannot be applied; and the version in
 * which it can be read.
 * @throws KindNotServed
 */
async function placed(
  kube: Kube,
  object: KubeObject,
  anyVersion: boolean,
): Promise<{ readonly object: KubeObject; readonly apiVersion: string; readonly leavesStatus: boolean }> {
  const { namespaced, apiVersion, hasStatus } = anyVersion
    ? await servedInAny(kube, object)
    : await kube.served(object);
  const leavesStatus = hasStatus && Object.hasOwn(object, "status");
  const { status: _servers, ...rest } = object;
  const own = leavesStatus ? rest : object;
  if (namespaced) return { object: own, apiVersion, leavesStatus };
  const { namespace: _none, ...metadata } = object.metadata;
  return { object: { ...own, metadata }, apiVersion, leavesStatus };
}

/** Remarks on templates that contain a status that only controllers write. */
export function statusRemarks(
  placed: readonly PlacedResource[],
  { entry }: Pick<Planning, "entry">,
): readonly Remark[] {
  const field = entry === "result" ? "resultResources" : "resources";
  return placed
    .filter(({ leavesStatus, resource }) => leavesStatus === true && resource.do !== "delete")
    .map(({ object, resource: { side } }) => ({
      side,
      ...serverSetFields(`${side} spec.${field}`, object, ["status"]),
    }));
}

/**
 * How a kind is served: in its version, or in another of its group if that is not served any more.
 * @throws KindNotServed
 */
export async function servedInAny(kube: Kube, { apiVersion, kind }: Kind): Promise<ServedKind> {
  try {
    return await kube.served({ apiVersion, kind });
  } catch (error) {
    const [other] = error instanceof KindNotServed ? error.servedIn : [];
    if (other === undefined) throw error;
    return kube.served({ apiVersion: other, kind });
  }
}

export interface Planning {
  readonly entry: Entry;
  readonly revision: number;
  /** Set at the end: an object of the revision may have the same name, and is then recreated once more. */
  readonly ending?: "decoupled";
  readonly owners: Owners;
  /**
   * The marks of this owner's objects. integration-operator's mark does not count for a removal unless `adopted` lists
   * the object.
   */
  readonly ours: readonly Marks[];
  /** The objects taken over from integration-operator: the uid of each, by key. */
  readonly adopted?: ReadonlyMap<string, string> | undefined;
  /** References to objects that were applied before, by key. */
  readonly before: ReadonlyMap<string, PlugRef>;
  readonly toleranceOf: (side: Side) => Tolerance;
  /**
   * An object that no reference names is expected not to exist: the stage looks for it only if that proves wrong.
   * Such a stage lists all that it is about to apply in its inventory, with the claim.
   */
  readonly expectsNew?: boolean | undefined;
  /** Nothing is applied unless a check finds damage, so objects may be read in another version than theirs. */
  readonly looksOnly?: boolean | undefined;
  /** The metadata of a referenced object as the source watches it: see StageContext. */
  readonly seen?: StageContext["seen"];
  /** How long the stage waits for others; absent: it does not. */
  readonly patience?: Patience | undefined;
  /** Objects that other couplings may hold; absent if none are known. */
  readonly shared?: SharedBy | undefined;
}

/** When the wait for the end of another's run ends; undefined if there is no wait. */
function waitsUntil({ resource, key, seen, othersRun }: PlacedResource, { patience }: Planning): number | undefined {
  if (othersRun === undefined || patience === undefined) return undefined;
  return waitEnds(patience, { key, uid: seen?.uid, seconds: resource.recreateWaitSeconds });
}

/** The runs of others that are cut short: the wait for their end is over. */
export function cutShort(placed: readonly PlacedResource[], planning: Planning): readonly PlacedResource[] {
  return placed.filter(
    (one) => (waitsUntil(one, planning) ?? Number.POSITIVE_INFINITY) <= (planning.patience?.now ?? 0),
  );
}

/** The reference for an object that is about to be applied. */
export function refBeforeApply(placed: PlacedResource, { entry, before }: Planning): PlugRef | undefined {
  const { resource, key, seen } = placed;
  if (resource.do === "delete") return undefined;
  const known = before.get(keyText(key));
  return {
    role: "applied",
    apiVersion: key.apiVersion,
    kind: key.kind,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    name: key.name,
    ...(seen?.uid === undefined ? {} : { uid: seen.uid }),
    ...(known?.version === undefined || known.uid !== seen?.uid ? {} : { version: known.version }),
    side: resource.side,
    entry,
    ...(resource.retained ? { retained: true } : {}),
    ...(isForeign(placed, before) ? { foreign: true } : {}),
  };
}

/**
 * Whether the object existed before Plugboard applied it: it has no mark of ours, or a reference says so.
 * A recreated object is ours.
 */
function isForeign({ resource, key, seen }: PlacedResource, before: Planning["before"]): boolean {
  if (seen === undefined || resource.do !== "apply") return false;
  const known = before.get(keyText(key));
  if (known?.uid === seen.uid) return known?.foreign === true;
  return isStrangers(seen) || seen.annotations?.[annotations.foreign] === "true";
}

/** The step for a resource in its present state. */
export function stepFor(placed: PlacedResource, planning: Planning): Step {
  const { resource, object, key, as, seen, expects, unlooked } = placed;
  const { owners, revision, ours } = planning;
  const discreet = resource.secrets.length > 0 ? { discreet: true } : {};
  const base = { as, tolerance: planning.toleranceOf(resource.side), ...discreet };
  const ownership = owners.ownershipOf(resource.side);
  if (resource.do === "delete") return { ...base, kind: "delete", target: key, ...untilGone(key, planning) };
  if (seen?.deletionTimestamp !== undefined)
    return { ...base, kind: "leave", target: key, metadata: seen, waits: true };
  if (resource.do === "apply") {
    const marks = { ...outlasting(resource), ...(isForeign(placed, planning.before) ? given : {}) };
    const sole = !isForeign(placed, planning.before);
    const advice = seen === undefined ? undefined : "use `do: recreate` if a field cannot be changed";
    const to = owned(object, ownership, marks);
    return { ...base, kind: "apply", object: to, expects, fieldManager, sole, advice, unlooked };
  }
  const mark = planning.ending === undefined ? String(revision) : `${revision}.${planning.ending}`;
  const done = seen !== undefined && bears(seen, ours) && seen.annotations?.[annotations.revision] === mark;
  if (done) return { ...base, kind: "leave", target: key, metadata: seen, waits: false };
  const until = waitsUntil(placed, planning);
  if (seen !== undefined && until !== undefined && until > (planning.patience?.now ?? 0))
    return {
      ...base,
      kind: "leave",
      target: key,
      metadata: seen,
      waits: true,
      bounded: { why: toEnd(key, placed.othersRun), until },
    };
  return {
    ...base,
    kind: "recreate",
    object: owned(object, ownership, { ...outlasting(resource), [annotations.revision]: mark }),
    seen,
    fieldManager,
    unlooked,
  };
}

/** How long the stage waits until a deleted object is gone. */
function untilGone(
  key: ObjectKey,
  { patience }: Planning,
): { readonly waits?: { readonly until: number; readonly over: boolean } } {
  if (patience === undefined) return {};
  const until = waitEnds(patience, { key });
  return { waits: { until, over: until <= patience.now } };
}

/** The steps of a stage by side: each side's hook, then its resources. */
export function inOrderOfSides(
  placed: readonly PlacedResource[],
  planning: Planning,
  hookOf: (side: Side) => Step | undefined,
): readonly Step[] {
  return sides.flatMap((side) => {
    const hook = hookOf(side);
    const steps = placed.filter(({ resource }) => resource.side === side).map((one) => stepFor(one, planning));
    return hook === undefined ? steps : [hook, ...steps];
  });
}

const given = { [annotations.foreign]: "true" };

/** The mark of an object that stays when its coupling ends, whatever later revisions render. */
function outlasting({ retained, when }: RenderedResource): { readonly [annotation: string]: string } {
  return retained || when.includes("decoupled") ? { [annotations.outlives]: "true" } : {};
}

/** A reference to an applied object, by its key. */
export function refTo({ apiVersion, kind, namespace, name }: ObjectKey): PlugRef {
  return { role: "applied", apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** The objects that were made with a result, by references: no snapshot renders them. */
export function madeByResults(refs: readonly PlugRef[]): readonly MadeBesides[] {
  return madeOf(refs.filter(({ role, entry }) => role === "applied" && entry === "result"));
}

/** Applied objects, in the form of a snapshot. */
export function madeOf(refs: readonly PlugRef[]): readonly MadeBesides[] {
  return refs.map(({ side = "plug", apiVersion = "v1", kind, name }) => ({ side, apiVersion, kind, name }));
}

/** The key of a reference's object. */
export function keyOfRef({ apiVersion = "v1", kind, namespace, name }: PlugRef): ObjectKey {
  return { apiVersion, kind, namespace, name };
}

/** References by the key of their object. */
export function byKey(refs: readonly PlugRef[]): ReadonlyMap<string, PlugRef> {
  return new Map(refs.map((ref) => [keyText(keyOfRef(ref)), ref]));
}

/**
 * The references after the steps: applied objects with their new versions, without removed ones and those that were not
 * applied; and the awaited ones.
 */
export function refsAfter(
  refs: readonly PlugRef[],
  { results, notApplied }: Pick<Outcome, "results" | "notApplied">,
  stage: string,
  followed: (key: string) => boolean,
): readonly PlugRef[] {
  const applied = new Map(refs.map((ref) => [keyText(keyOfRef(ref)), ref]));
  for (const key of notApplied) applied.delete(keyText(key));
  const awaited: PlugRef[] = [];
  for (const result of results) {
    const key = keyText(result.key);
    const ref = applied.get(key);
    if (result.kind === "awaiting") awaited.push(awaitedRef(result, stage));
    if (result.kind === "removed" || result.kind === "skipped") applied.delete(key);
    if (result.kind === "applied" && ref !== undefined)
      applied.set(key, refAfterApply(ref, result.metadata, followed(key)));
  }
  return [...applied.values(), ...awaited];
}

function refAfterApply(ref: PlugRef, metadata: ObjectMeta, followed: boolean): PlugRef {
  const { version: _before, ...rest } = ref;
  const runs = runsToCompletion(keyOfRef(ref));
  return {
    ...rest,
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    ...(followed && !runs ? { version: versionOfApplied(metadata, fieldManager) } : {}),
  };
}

/** The reference that wakes a stage when an awaited object changes. */
export function awaitedRef(
  { key, metadata, why, until }: Extract<StepResult, { kind: "awaiting" }>,
  stage: string,
): PlugRef {
  return {
    role: "awaited",
    apiVersion: key.apiVersion,
    kind: key.kind,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    name: key.name,
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    version: metadata.resourceVersion ?? absent,
    ...(why === undefined || until !== undefined ? {} : { entry: "apparatus" }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    stage,
  };
}
