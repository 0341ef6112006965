import type { Plug, PlugRef } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { stepAgainst } from "../../functions/resources/plan-removal.ts";
import { keyOfRef } from "../../functions/resources/plan-resources.ts";
import { ownPlanning, planningOf } from "../../functions/resources/planning.ts";
import type { Adopted, Snapshot } from "../../functions/snapshot/snapshot.ts";
import { OperatorError } from "../../kit/errors.ts";
import type { Kube, ObjectKey } from "../../kit/kube/port.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { noEffects, performStep, whyItLingers } from "../../kit/performing/steps.ts";

/** The result for one object of a status. */
export interface Undone {
  readonly key: ObjectKey;
  /** Why it still exists; absent if it was deleted or given back. */
  readonly left?: string | undefined;
  /** It stays on purpose: after its coupling, or for another owner. */
  readonly onPurpose?: boolean | undefined;
}

/**
 * Removes the objects that a status lists, as the service account that applied them.
 * Calls no hook and performs no `decoupled` resource.
 * Safe to repeat.
 */
export async function undoInventory(
  kube: Kube,
  owner: Plug | Socket,
  { snapshot, adopted }: { readonly snapshot: Snapshot | undefined; readonly adopted: Adopted },
): Promise<readonly Undone[]> {
  const refs = (owner.status?.refs ?? []).filter(({ role }) => role === "applied");
  const planning = { ...(owner.kind === "Plug" ? planningOf(owner, snapshot) : ownPlanning(owner)), adopted };
  const undone: Undone[] = [];
  for (const ref of refs.toReversed()) undone.push(await undo(kube, ref, planning));
  return undone;
}

async function undo(kube: Kube, ref: PlugRef, planning: Parameters<typeof stepAgainst>[1]): Promise<Undone> {
  const key = keyOfRef(ref);
  if (ref.retained === true) return { key, left: "it stays after its coupling", onPurpose: true };
  try {
    const result = await performStep(stepAgainst(ref, planning), kube, noEffects);
    if (result.kind === "awaiting") return { key, left: whyItLingers(result.metadata) };
    return result.kind === "skipped" ? { key, left: result.why, onPurpose: result.theirs } : { key };
  } catch (error) {
    if (error instanceof OperatorError) return { key, left: tell(error) };
    throw error;
  }
}
