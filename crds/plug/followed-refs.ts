import type { KubeObject } from "../../kit/kube/port.ts";
import { isOfApplied } from "../../kit/loop/versions.ts";
import { admits, interfaceMismatch } from "../coupling/admission-rules.ts";
import { hasPlace } from "../coupling/references.ts";
import { isKnown } from "../namespace/served.ts";
import type { SnapshotHead } from "../snapshot/head.ts";
import type { Socket, SocketVar } from "../socket/socket.generated.ts";
import type { Plug, PlugRef } from "./plug.generated.ts";

/** The facts that decide whether the references in a plug's status may be followed. */
export interface Bearings {
  readonly plug: Plug;
  /** The socket that its spec names. */
  readonly socket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  /** The snapshots of the plug's name. */
  readonly heads: readonly SnapshotHead[];
}

/**
 * Whether a plug may have a reference that its status contains, so that Plugboard may show whether the object exists
 * and changes.
 * A tenant can write the status of its plugs.
 * Objects in the plug's own namespace, and cluster-scoped ones, are followed.
 * Objects in the socket's namespace are followed if a snapshot records the coupling or the socket admits the plug, and
 * if the socket itself names them or the coupling knows their uid.
 * Pure.
 */
export function mayFollow(ref: PlugRef, bearings: Bearings): boolean {
  const { plug, socket } = bearings;
  if (ref.namespace === undefined || ref.namespace === plug.metadata.namespace) return true;
  if (ref.role === "applied")
    return isLearned(ref) && isOfApplied(ref.version ?? "") && isRecorded(ref.namespace, bearings);
  if (isWaitedFor(ref)) return isLearned(ref) && (isRecorded(ref.namespace, bearings) || isAdmitted(ref, bearings));
  if (socket === undefined || ref.namespace !== socket.metadata.namespace || !isNamedBy(socket, ref)) return false;
  return isRecorded(ref.namespace, bearings, "admitted") || isAdmitted(ref, bearings);
}

/**
 * Whether the object was seen when the reference was recorded: only then its uid is known.
 * An object with another uid counts as changed, and so does one that is gone.
 */
function isLearned({ uid }: PlugRef): boolean {
  return uid !== undefined;
}

/** Whether a stage waits for the object: an object that it applied or found, or an apparatus. */
function isWaitedFor({ role, entry }: PlugRef): boolean {
  return role === "awaited" || entry === "apparatus";
}

/**
 * Whether an unfinished snapshot records a coupling of the plug to a socket in the namespace.
 * Snapshots of an older Plugboard name none.
 */
function isRecorded(namespace: string, { plug, heads }: Bearings, admitted?: "admitted"): boolean {
  return heads.some(
    (head) =>
      head.plugUid === plug.metadata.uid &&
      head.finishedAt === undefined &&
      (head.socket === undefined ||
        (head.socketNamespace === namespace && (admitted === undefined || head.admitted !== undefined))),
  );
}

/** Whether the socket would admit the plug as a new one. */
function isAdmitted(ref: PlugRef, { plug, socket, namespace }: Bearings): boolean {
  if (socket === undefined || ref.namespace !== socket.metadata.namespace || namespace === undefined) return false;
  const { validation } = socket.spec;
  if (validation?.namespaceSelector !== undefined && !isKnown(namespace)) return false;
  return (
    admits(validation, namespace.metadata).kind === "admitted" &&
    interfaceMismatch(plug.spec.interface, socket.spec.interface) === undefined &&
    hasPlace(socket, plug)
  );
}

/** Whether the socket's spec names the object: as a source of values, or as an object that a var reads. */
function isNamedBy({ spec }: Socket, { kind, name }: PlugRef): boolean {
  const sources: Readonly<Record<string, readonly (string | undefined)[]>> = {
    ConfigMap: [spec.dataConfigMapName, spec.configConfigMapName, spec.resultConfigMapName],
    Secret: [spec.dataSecretName, spec.configSecretName, spec.resultSecretName],
  };
  if (sources[kind]?.includes(name)) return true;
  return [...(spec.vars ?? []), ...(spec.resultVars ?? [])].some(({ objref }) => mayRead(objref, { kind, name }));
}

/** A templated name can be any name. */
function mayRead(objref: SocketVar["objref"], { kind, name }: Pick<PlugRef, "kind" | "name">): boolean {
  return objref.kind === kind && (objref.templateName !== undefined || objref.name === name);
}
