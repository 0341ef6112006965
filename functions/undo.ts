import { serviceAccountOf } from "../crds/defaults.ts";
import type { Plug, PlugRef } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { PlugboardError } from "../kit/errors.ts";
import type { Kube, ObjectKey } from "../kit/kube.ts";
import { performStep } from "../kit/steps.ts";
import { belongsToPlug, belongsToSocket, isAtHome } from "./ownership.ts";
import { ownersOf } from "./perform-revision.ts";
import { keyOfRef, type Planning, stepAgainst } from "./plan-resources.ts";
import type { Snapshot } from "./snapshot.ts";

/** What became of one object of an inventory. */
export interface Undone {
  readonly key: ObjectKey;
  /** Why it is still there; absent where it is gone, or was given back. */
  readonly left?: string | undefined;
  /** It is to stay: it outlives its coupling, or is another's by now. */
  readonly onPurpose?: boolean | undefined;
}

/** Takes back what an inventory names, as whoever applied it; no hook is called and no `decoupled` resource performed. Safe to repeat. */
export async function undoInventory(
  kube: Kube,
  owner: Plug | Socket,
  snapshot: Snapshot | undefined,
): Promise<readonly Undone[]> {
  const refs = (owner.status?.refs ?? []).filter(({ role }) => role === "applied");
  const planning = planningOf(owner, snapshot);
  const undone: Undone[] = [];
  for (const ref of refs) undone.push(await undo(kube, ref, planning));
  return undone;
}

async function undo(kube: Kube, ref: PlugRef, planning: Parameters<typeof stepAgainst>[1]): Promise<Undone> {
  const key = keyOfRef(ref);
  if (ref.retained === true) return { key, left: "it is to outlive its coupling", onPurpose: true };
  try {
    const result = await performStep(stepAgainst(ref, planning), kube);
    return result.kind === "skipped" ? { key, left: result.why, onPurpose: result.theirs } : { key };
  } catch (error) {
    if (error instanceof PlugboardError) return { key, left: error.message };
    throw error;
  }
}

function planningOf(
  owner: Plug | Socket,
  snapshot: Snapshot | undefined,
): Pick<Planning, "owners" | "isOurs" | "toleranceOf"> {
  const { namespace, uid } = owner.metadata;
  const own = { namespace, name: serviceAccountOf(owner) };
  const isOwners = owner.kind === "Plug" ? belongsToPlug : belongsToSocket;
  return {
    owners:
      snapshot === undefined
        ? { serviceAccounts: { plug: own, socket: otherAccount(owner, own) }, ownershipOf: (side) => ({ side }) }
        : ownersOf(snapshot),
    isOurs: (metadata) => isOwners(metadata, uid) && (snapshot !== undefined || isAtHome(metadata, namespace)),
    toleranceOf: () => "none",
  };
}

/** Without its snapshot it is not known as whom the socket applied: `default`, as where nothing else is said. */
function otherAccount(
  owner: Plug | Socket,
  own: { readonly namespace: string; readonly name: string },
): { readonly namespace: string; readonly name: string } {
  if (owner.kind === "Socket") return own;
  const { namespace = owner.metadata.namespace } = owner.status?.coupledSocket ?? {};
  return { namespace, name: "default" };
}
