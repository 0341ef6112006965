import { serviceAccountOf } from "../../crds/coupling/defaults.ts";
import { refsOf } from "../../crds/coupling/references.ts";
import type { Plug, PlugRef } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Marks } from "../../kit/performing/marks.ts";
import type { Tolerance } from "../../kit/performing/steps.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { atHome, marksOfPlug, marksOfSocket, type Ownership } from "./ownership-marks.ts";
import { byKey, type Owners, type Planning } from "./plan-resources.ts";

/**
 * How Plugboard recognises the objects of a coupling, and which service accounts apply them.
 * The snapshot cannot be forged.
 * Without it only the plug's status lists the objects.
 * Then an object with integration-operator's mark but without our label counts only if it is in the plug's namespace or
 * cluster-scoped.
 */
export function planningOf(plug: Plug, snapshot: Snapshot | undefined): Planning {
  const ours = marksOfPlug(plug.metadata.uid);
  return {
    entry: "coupling",
    revision: snapshot?.revision ?? plug.status?.revision ?? 0,
    owners: snapshot === undefined ? ownersByStatus(plug) : ownersOf(snapshot),
    ours: snapshot === undefined ? atHome(ours, plug.metadata.namespace) : ours,
    before: byKey(refsOf(plug, "applied")),
    toleranceOf: () => "none",
  };
}

function ownersOf({ plug, socket, outcome }: Snapshot): Owners {
  return {
    serviceAccounts: {
      plug: { namespace: plug.namespace, name: outcome.serviceAccounts.plug },
      socket: { namespace: socket.namespace, name: outcome.serviceAccounts.socket },
    },
    ownershipOf: (side) => ({ side, plugUid: plug.uid, socketUid: socket.uid }),
  };
}

/** Without a snapshot the socket's service account is unknown; uses `default`. */
function ownersByStatus(plug: Plug): Owners {
  const { namespace, uid } = plug.metadata;
  const { coupledSocket } = plug.status ?? {};
  return {
    serviceAccounts: {
      plug: { namespace, name: serviceAccountOf(plug) },
      socket: { namespace: coupledSocket?.namespace ?? namespace, name: "default" },
    },
    ownershipOf: (side) => ({ side, plugUid: uid, socketUid: coupledSocket?.uid }),
  };
}

/**
 * How Plugboard recognises the objects that a plug or socket makes when created and deleted, and which service account
 * applies them.
 */
export function ownPlanning(resource: Plug | Socket, tolerance: Tolerance = "none"): Planning {
  const { namespace, generation = 0 } = resource.metadata;
  const account = { namespace, name: serviceAccountOf(resource) };
  const refs: readonly PlugRef[] = resource.status?.refs ?? [];
  return {
    entry: "created",
    revision: generation,
    owners: { serviceAccounts: { plug: account, socket: account }, ownershipOf: () => ownershipOf(resource) },
    ours: ownMarks(resource),
    before: byKey(refs.filter(({ role }) => role === "applied")),
    toleranceOf: () => tolerance,
  };
}

function ownershipOf({ kind, metadata: { uid } }: Plug | Socket): Ownership {
  return kind === "Plug" ? { side: "plug", plugUid: uid } : { side: "socket", socketUid: uid };
}

/** The marks of the objects that a plug or socket made outside of couplings. */
export function ownMarks({ kind, metadata: { uid, namespace } }: Plug | Socket): readonly Marks[] {
  return atHome(kind === "Plug" ? marksOfPlug(uid) : marksOfSocket(uid), namespace);
}
