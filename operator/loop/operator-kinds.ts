import { KindNotServed } from "../../kit/errors.ts";
import type { Kind, Kube, KubeObject } from "../../kit/kube/port.ts";
import {
  type Change,
  type DueContext,
  type KindDefinition,
  type KindName,
  type KindSet,
  loopKind,
  type View,
  type Wake,
  type Watched,
  type WhatIsDue,
  wakesOn,
} from "../../kit/loop/kind.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import { kindText } from "../definition/kinds.ts";
import { type Names, namesOf } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { nextStage } from "../sync/due.ts";
import type { Memory } from "../sync/memory.ts";
import { childrenKey, relatedKey, type Sighted, seenOf } from "../sync/observe.ts";
import { type ParentItem, parseParent, type Selected, selectionsOf } from "../sync/parent.ts";

/** A parent as the loop keeps it. */
interface WatchedParent extends ParentItem {
  readonly selections: readonly Selected[];
}

/** A child, or an object that may be related to parents. */
interface WatchedObject extends Sighted {
  readonly namespace: string | undefined;
  readonly ownName: string;
  readonly parentUid: string | undefined;
  readonly labels: { readonly [label: string]: string };
}

/** No namespace has this name. */
const everywhere = "*";

export interface OperatorKindsOptions {
  readonly memory: Memory;
  /** When this process began, in milliseconds since the epoch. */
  readonly begunAt: number;
  /** The kinds that are cluster-scoped, as texts: they are watched whichever namespaces are served. */
  readonly clusterScoped?: ReadonlySet<string> | undefined;
}

/**
 * The cluster-scoped kinds of an operator that serves only some namespaces; undefined if it serves all.
 * One that is not served yet counts as namespaced.
 */
export async function clusterScopedKinds(
  operator: Operator,
  kube: Kube,
  namespaces: readonly string[] | undefined,
): Promise<ReadonlySet<string> | undefined> {
  if (namespaces === undefined) return undefined;
  const kinds = [operator.parent, ...operator.children, ...operator.reads];
  const found = await Promise.all(
    kinds.map(async (kind) => ((await isClusterScoped(kind, kube)) ? [kindText(kind)] : [])),
  );
  return new Set(found.flat());
}

async function isClusterScoped(kind: Kind, kube: Kube): Promise<boolean> {
  try {
    return !(await kube.served(kind)).namespaced;
  } catch (error) {
    if (error instanceof KindNotServed) return false;
    throw error;
  }
}

/** An operator's kinds for the loop: its parents, children by the parent's label, and related kinds. */
export function operatorKinds(operator: Operator, options: OperatorKindsOptions): KindSet {
  const names = namesOf(operator);
  const { clusterScoped } = options;
  return {
    kinds: [
      loopKind(parentKind(operator, names, options)),
      ...operator.children.map((kind) =>
        loopKind(objectKind(childName(operator, kind.as), kind, { names, clusterScoped })),
      ),
      ...operator.reads.map((kind) =>
        loopKind(objectKind(relatedName(operator, kind.as), kind, { names, clusterScoped, all: true })),
      ),
    ],
    madeSelector: names.parentUid,
    fieldManager: names.fieldManager,
    alwaysWatched: [],
  };
}

function parentName({ parent }: Operator): KindName<WatchedParent, undefined> {
  return { name: parent.kind };
}

function childName({ parent }: Operator, as: string): KindName<WatchedObject, undefined> {
  return { name: `${parent.kind} children ${as}` };
}

function relatedName({ parent }: Operator, as: string): KindName<WatchedObject, undefined> {
  return { name: `${parent.kind} reads ${as}` };
}

function parentKind(
  operator: Operator,
  names: Names,
  { memory, begunAt, clusterScoped }: OperatorKindsOptions,
): KindDefinition<WatchedParent> {
  const { parent, children, reads } = operator;
  return {
    ...parentName(operator),
    watched: watchedAs(parent, clusterScoped),
    essential: "always",
    parse: (object) => ({ ...parseParent(object, names), selections: readableSelections(operator, object) }),
    parsed: "all",
    indexes: {
      uid: ({ uid }) => [uid],
      selects: ({ selections }) => selections.map(selectionIndex),
    },
    wakes: [
      ...children.map(({ as }) =>
        wakesOn(childName(operator, as), (change, view) => parentsOf(operator, change, view)),
      ),
      ...reads.map(
        ({ as }): Wake => wakesOn(relatedName(operator, as), (change, view) => selectorsOf(operator, as, change, view)),
      ),
    ],
    stages: {
      due: (item, context) => due({ operator, names, memory, begunAt }, item, context),
      group: (name) => name.slice(0, name.indexOf("/")),
      about: ({ uid, resourceVersion, generation }) => ({
        uid,
        resourceVersion,
        generation,
        trace: { uid, generation },
      }),
    },
  };
}

/** A function of the author that throws must not hide the parent: the sync reports the error. */
function readableSelections(operator: Operator, object: KubeObject): readonly Selected[] {
  try {
    return selectionsOf(operator, object);
  } catch {
    return [];
  }
}

function watchedAs({ apiVersion, kind }: Kind, clusterScoped: ReadonlySet<string> | undefined): Watched {
  const everywhere = clusterScoped?.has(kindText({ apiVersion, kind })) === true;
  return { apiVersion, kind, ...(everywhere ? { where: "everywhere" } : {}) };
}

/** The metadata of a kind: of the objects with a parent's label, or of all. */
function objectKind(
  name: KindName<WatchedObject, undefined>,
  kind: Kind,
  {
    names,
    clusterScoped,
    all = false,
  }: Pick<OperatorKindsOptions, "clusterScoped"> & { readonly names: Names; readonly all?: boolean },
): KindDefinition<WatchedObject> {
  const labelSelector = all ? {} : { labelSelector: names.parentUid };
  return {
    ...name,
    watched: { ...watchedAs(kind, clusterScoped), metadataOnly: true, ...labelSelector },
    essential: "once watched",
    parse: ({ metadata }) => ({
      name: namespacedName(metadata),
      ownName: metadata.name,
      namespace: metadata.namespace,
      resourceVersion: metadata.resourceVersion ?? "",
      parentUid: metadata.labels?.[names.parentUid],
      labels: metadata.labels ?? {},
    }),
    parsed: "all",
    indexes: {
      parent: ({ parentUid }) => (parentUid === undefined ? [] : [parentUid]),
      // What selects by label looks at the objects of a namespace, or at all.
      place: ({ namespace = "" }) => (all ? [namespace, everywhere] : []),
      ownName: ({ ownName }) => (all ? [ownName] : []),
    },
  };
}

/** The parents whose child changed, before or after the change. */
function parentsOf(
  operator: Operator,
  { before, after }: Change<WatchedObject, undefined>,
  view: View,
): Iterable<string> {
  const uids = [before?.parentUid, after?.parentUid].filter((uid) => uid !== undefined);
  return uids.flatMap((uid) => view.of(parentName(operator)).by("uid", uid));
}

/** The parents that select an object as it was or as it is now. */
function selectorsOf(
  operator: Operator,
  as: string,
  { before, after }: Change<WatchedObject, undefined>,
  view: View,
): Iterable<string> {
  const parents = view.of(parentName(operator));
  const objects = [before, after].filter((object) => object !== undefined);
  const named = objects.flatMap(({ ownName }) => parents.by("selects", `${as} ${ownName}`));
  const labelled = parents.by("selects", `${as} by label`);
  return [...named, ...labelled].filter((name) =>
    parents
      .get(name)
      ?.selections.some((selection) => selection.as === as && objects.some((object) => selects(selection, object))),
  );
}

/** A name has no space, so that it is never "by label". */
function selectionIndex({ as, name }: Selected): string {
  return `${as} ${name ?? "by label"}`;
}

function selects({ name, namespace, labels = {} }: Selected, object: WatchedObject): boolean {
  if (namespace !== undefined && object.namespace !== undefined && object.namespace !== namespace) return false;
  if (name !== undefined) return object.ownName === name;
  return Object.entries(labels).every(([label, value]) => object.labels[label] === value);
}

interface Deciding extends OperatorKindsOptions {
  readonly operator: Operator;
  readonly names: Names;
}

function due({ operator, names, memory, begunAt }: Deciding, parent: WatchedParent, context: DueContext): WhatIsDue {
  const { view, now, voidHolders } = context;
  const children = operator.children.flatMap(({ as }) => {
    const kept = view.of(childName(operator, as));
    if (!kept.synced || kept.refused) return [];
    const objects = kept.by("parent", parent.uid).flatMap((name) => kept.get(name) ?? []);
    return [[childrenKey(as), seenOf(objects.filter((object) => isNear(object, parent)))] as const];
  });
  const related = operator.reads.flatMap(({ as }) => {
    const kept = view.of(relatedName(operator, as));
    if (!kept.synced || kept.refused) return [];
    return [[relatedKey(as), seenOf(relatedTo(parent, as, view, operator))] as const];
  });
  const seen = Object.fromEntries([...children, ...related]);
  const { noted } = memory.of(parent.uid);
  return nextStage({ parent, seen, noted, begunAt, clock: { now, voidHolders } }, names);
}

/** A parent in a namespace has its children there. */
function isNear({ namespace }: WatchedObject, parent: WatchedParent): boolean {
  return parent.namespace === undefined || parent.namespace === namespace;
}

function relatedTo(parent: WatchedParent, as: string, view: View, operator: Operator): readonly WatchedObject[] {
  const kept = view.of(relatedName(operator, as));
  const selections = parent.selections.filter((selection) => selection.as === as);
  const found = selections.flatMap(({ name, namespace = everywhere }) => {
    // Cluster-scoped objects are in no namespace, whichever the parent is in.
    const placed = (): readonly string[] => [...kept.by("place", namespace), ...kept.by("place", "")];
    const names = name === undefined ? placed() : kept.by("ownName", name);
    return names.flatMap((one) => kept.get(one) ?? []);
  });
  const selected = found.filter((object) => selections.some((selection) => selects(selection, object)));
  return [...new Map(selected.map((object) => [object.name, object])).values()];
}
