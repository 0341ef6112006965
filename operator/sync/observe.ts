import { everyObject } from "../../kit/kube/every-object.ts";
import type { Kind, Kube, KubeObject } from "../../kit/kube/port.ts";
import { InvalidResult } from "../definition/failures.ts";
import type { Names } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { type Selected, selectionsOf } from "./parent.ts";
import { digest, entryOf, type Inventory, placeOf, type Seen, shortUid } from "./record.ts";

/** Everything that a handler sees, as just read. */
export interface Observed {
  /** The objects with the parent's label, by the names of their kinds. */
  readonly labelled: ReadonlyMap<string, readonly KubeObject[]>;
  readonly related: ReadonlyMap<string, readonly KubeObject[]>;
  readonly seen: Seen;
}

/** The version of one object, as `seenOf` takes it. */
export interface Sighted {
  /** `namespace/name`. */
  readonly name: string;
  readonly resourceVersion: string;
}

/** Reads children and related objects of a parent. */
export async function observe(
  kube: Kube,
  { operator, names, parent }: { readonly operator: Operator; readonly names: Names; readonly parent: KubeObject },
): Promise<Observed> {
  const { uid = "", namespace } = parent.metadata;
  const selections = selectionsOf(operator, parent);
  const [children, related] = await Promise.all([
    Promise.all(
      operator.children.map(async ({ as, apiVersion, kind, view }) => {
        const labelSelector = `${names.parentUid}=${uid}`;
        const metadataOnly = view === "metadata";
        const place = await placeIn(kube, { apiVersion, kind }, namespace);
        return [as, await everyObject(kube, { apiVersion, kind, ...place, labelSelector, metadataOnly })] as const;
      }),
    ),
    Promise.all(operator.reads.map(async (kind) => [kind.as, await readRelated(kube, kind, selections)] as const)),
  ]);
  const seen = Object.fromEntries([
    ...children.map(([as, objects]) => [childrenKey(as), seenOf(objects.map(sighted))] as const),
    ...related.map(([as, objects]) => [relatedKey(as), seenOf(objects.map(sighted))] as const),
  ]);
  return { labelled: new Map(children), related: new Map(related), seen };
}

/** The name of a kind of children in what was seen. */
export function childrenKey(as: string): string {
  return `c:${as}`;
}

/** The name of a related kind in what was seen. */
export function relatedKey(as: string): string {
  return `r:${as}`;
}

/** The digest of the versions of objects, in any order. */
export function seenOf(objects: readonly Sighted[]): string {
  return digest(objects.map(({ name, resourceVersion }) => `${name}@${resourceVersion}`).toSorted());
}

function sighted({ metadata }: KubeObject): Sighted {
  return { name: placeOf(metadata), resourceVersion: metadata.resourceVersion ?? "" };
}

async function readRelated(
  kube: Kube,
  { as, apiVersion, kind }: Operator["reads"][number],
  selections: readonly Selected[],
): Promise<readonly KubeObject[]> {
  const read = await Promise.all(
    selections
      .filter((selection) => selection.as === as)
      .map(async ({ namespace, name, labels = {} }) => {
        const place = await placeIn(kube, { apiVersion, kind }, namespace);
        if (name === undefined)
          return everyObject(kube, { apiVersion, kind, ...place, labelSelector: selectorText(labels) });
        if (namespace === undefined && (await kube.served({ apiVersion, kind })).namespaced)
          throw new InvalidResult(`related().${as}: ${kind} ${name} needs a namespace, because the parent has none`);
        return [await kube.get({ apiVersion, kind, ...place, name })];
      }),
  );
  const found = read.flat().filter((object) => object !== undefined);
  return [...new Map(found.map((object) => [placeOf(object.metadata), object])).values()];
}

/** What is cluster-scoped is in no namespace, whichever its reader is in. */
async function placeIn(
  kube: Kube,
  kind: Kind,
  namespace: string | undefined,
): Promise<{ readonly namespace?: string | undefined }> {
  return namespace !== undefined && (await kube.served(kind)).namespaced ? { namespace } : {};
}

function selectorText(labels: { readonly [label: string]: string }): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
}

/**
 * Whether a labelled object is a child of the parent: the parent owns it, and the inventory has it.
 * A label alone proves nothing: a copy of a child has it, too.
 */
export function isChild(
  object: KubeObject,
  { parent, inventory }: { readonly parent: KubeObject; readonly inventory: Inventory | undefined },
): boolean {
  if (!isOwnedBy(object.metadata, parent)) return false;
  if (inventory === undefined || inventory === "many") return true;
  const entry = entryOf(inventory, object);
  return entry !== undefined && (entry.uid === undefined || entry.uid === shortUid(object.metadata));
}

/** Whether an object's controller is the parent. */
export function isOwnedBy({ ownerReferences = [] }: KubeObject["metadata"], parent: KubeObject): boolean {
  return ownerReferences.some(({ uid }) => uid === parent.metadata.uid);
}
