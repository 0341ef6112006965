import { fieldManager } from "../../crds/names.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Adopted, Adopter } from "../snapshot/snapshot.ts";
import type { SnapshotStore } from "../snapshot/store.ts";
import { leavingOf } from "./leave-shared.ts";
import type { Step } from "./own-effects.ts";
import { labelled, provenMarks } from "./ownership-marks.ts";
import { keyOfRef, type Planning } from "./plan-resources.ts";

/** The step that undoes a reference. */
export function stepAgainst(
  ref: PlugRef,
  planning: Pick<Planning, "owners" | "ours" | "adopted" | "toleranceOf" | "shared" | "seen">,
): Step {
  const target = keyOfRef(ref);
  const side = ref.side ?? "plug";
  const base = { as: planning.owners.serviceAccounts[side], tolerance: planning.toleranceOf(side), target };
  const effect = leavingOf(planning.shared, target);
  if (effect !== undefined) return { ...base, kind: "effect", effect };
  const ours = provenMarks(planning.ours, planning.adopted?.get(keyText(target)));
  if (ref.foreign !== true) return { ...base, kind: "remove", ours, seen: planning.seen?.(ref) };
  return { ...base, kind: "withdraw", uid: ref.uid, ours: labelled(planning.ours), fieldManager };
}

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
