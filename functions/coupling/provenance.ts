import { admissionDigest } from "../../crds/coupling/coupling-end.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { OwnerIdentity, Snapshot } from "../snapshot/snapshot.ts";
import type { StageContext } from "../stage.ts";
import type { Coupling } from "./observe.ts";

/**
 * The owners of a snapshot's coupling, their namespaces and its admission.
 * A restored or newly created plug is recognised by these.
 */
export type Provenance = Pick<Snapshot, "plug" | "socket" | "clusterUid" | "admitted">;

/** The origin of a coupling, as just read. */
export async function provenance(
  context: Pick<StageContext, "clusterUid">,
  { plug, socket, namespace, socketNamespace }: Coupling & { readonly socket: Socket },
): Promise<Provenance> {
  const clusterUid = await context.clusterUid();
  return {
    plug: identityOf(plug.metadata, namespace),
    socket: identityOf(socket.metadata, socketNamespace),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    admitted: admissionDigest(socket, namespace),
  };
}

/** An owner with the uid of its namespace, if that is known. */
export function identityOf(
  { namespace, name, uid }: OwnerIdentity,
  itsNamespace: KubeObject | undefined,
): OwnerIdentity {
  const namespaceUid = itsNamespace?.metadata.uid;
  return { namespace, name, uid, ...(namespaceUid === undefined ? {} : { namespaceUid }) };
}
