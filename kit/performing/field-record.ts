import { Conflict } from "../errors.ts";
import type { Kube, KubeObject, ManagedFieldsEntry, ObjectKey } from "../kube/port.ts";
import { applyEntry } from "../loop/versions.ts";

type Fields = NonNullable<ManagedFieldsEntry["fieldsV1"]>;

/** The manager to which the API server attributes all fields at the next apply, after managedFields were lost. */
const beforeFirstApply = "before-first-apply";

/** After these tries, the stage handles the client that changes the object. */
const triesAtMost = 10;

/**
 * Whether `managedFields` lost the entry of the field manager, or also attributes its fields to `before-first-apply`.
 */
export function isRecordLost(metadata: KubeObject["metadata"], fieldManager: string): boolean {
  return applyEntry(metadata, fieldManager) === undefined || sharedEntry(metadata, fieldManager) !== undefined;
}

/**
 * Removes the fields of a field manager from the entry of `before-first-apply`; else fields that are not applied any
 * more would stay.
 * Safe to repeat.
 * Returns the object after the write.
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

/**
 * The entries of managedFields without the fields that the manager shares with `before-first-apply`; undefined if it
 * shares none.
 */
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
