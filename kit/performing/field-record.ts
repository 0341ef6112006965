import { Conflict } from "../errors.ts";
import type { Kube, KubeObject, ManagedFieldsEntry, ObjectKey } from "../kube/port.ts";
import { applyEntry } from "../loop/versions.ts";

type Fields = NonNullable<ManagedFieldsEntry["fieldsV1"]>;

/** To whom the API server ascribes all fields of an object whose managedFields were lost, at the next apply. */
const beforeFirstApply = "before-first-apply";

/** Somebody who goes on changing the object is met by the stage, later. */
const triesAtMost = 10;

/** Whether the API server lost the record of what a field manager applied, or ascribes what it applied to nobody in particular as well. */
export function isRecordLost(metadata: KubeObject["metadata"], fieldManager: string): boolean {
  return applyEntry(metadata, fieldManager) === undefined || sharedEntry(metadata, fieldManager) !== undefined;
}

/**
 * Takes what a field manager applied out of the record of `before-first-apply`: else fields that are applied no more would stay. Safe to repeat.
 * @returns the object as it is then
 */
export async function takeRecordOver(
  kube: Kube,
  applied: KubeObject,
  { key, fieldManager }: { readonly key: ObjectKey; readonly fieldManager: string },
): Promise<KubeObject> {
  let object: KubeObject | undefined = applied;
  for (let tries = 1; object !== undefined; tries += 1) {
    const managedFields = sharedEntry(object.metadata, fieldManager);
    if (managedFields === undefined) return object;
    const { uid, resourceVersion }: KubeObject["metadata"] = object.metadata;
    try {
      return await kube.patch(key, { metadata: { uid, resourceVersion, managedFields } });
    } catch (error) {
      if (!(error instanceof Conflict) || tries >= triesAtMost) throw error;
      object = await kube.get(key);
      if (object?.metadata.uid !== uid) throw error;
    }
  }
  return applied;
}

/** The entries of managedFields without what the manager shares with `before-first-apply`; undefined where it shares nothing. */
function sharedEntry(
  metadata: KubeObject["metadata"],
  fieldManager: string,
): readonly ManagedFieldsEntry[] | undefined {
  const { managedFields = [] } = metadata;
  const ours = applyEntry(metadata, fieldManager)?.fieldsV1;
  const former = managedFields.find(({ manager }) => manager === beforeFirstApply);
  if (ours === undefined || former?.fieldsV1 === undefined) return undefined;
  const fieldsV1 = without(former.fieldsV1, ours);
  if (JSON.stringify(fieldsV1) === JSON.stringify(former.fieldsV1)) return undefined;
  const left = Object.keys(fieldsV1).length === 0 ? [] : [{ ...former, fieldsV1 }];
  return managedFields.flatMap((entry) => (entry === former ? left : [entry]));
}

function without(fields: Fields, taken: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, inner]) => {
      const other = taken[name];
      if (!isFields(inner) || !isFields(other)) return [[name, inner]];
      const left = without(inner, other);
      const isLeaf = Object.keys(inner).length === 0;
      return isLeaf || Object.keys(left).length === 0 ? [] : [[name, left]];
    }),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
