import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Adopted, Adopter } from "../snapshot/snapshot.ts";
import type { SnapshotStore } from "../snapshot/store.ts";
import { keyOfRef } from "./plan-resources.ts";

/** The objects in a status with their uids, for the record of an adoption. */
export function adoptedIn(refs: readonly PlugRef[]): Adopted {
  return new Map(refs.flatMap((ref) => (ref.uid === undefined ? [] : [[keyText(keyOfRef(ref)), ref.uid] as const])));
}

/** The objects that the owner took over, if some of them must be removed. */
export async function readAdopted(
  { snapshots }: { readonly snapshots: SnapshotStore },
  owner: Adopter,
  removed: readonly unknown[],
): Promise<Adopted> {
  return removed.length === 0 ? new Map() : snapshots.adopted(owner);
}
