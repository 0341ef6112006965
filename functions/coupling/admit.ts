import { admits, interfaceMismatch } from "../../crds/coupling/admission-rules.ts";
import { admissionDigest } from "../../crds/coupling/coupling-end.ts";
import { hasPlace, isFull, saysOfItself, versionOfPlace, versionOfSocket } from "../../crds/coupling/references.ts";
import { oversizedOwner } from "../../crds/coupling/sizes.ts";
import { isMalformed, isReady, pausedBy, reasonOfPause } from "../../crds/coupling/standing.ts";
import { versionOfOwner } from "../../crds/coupling/versions.ts";
import * as messages from "../../crds/messages.ts";
import { type Said, sayNotServed } from "../../crds/messages.ts";
import { apiVersion } from "../../crds/names.ts";
import { isKnown } from "../../crds/namespace/served.ts";
import { unservedNamespace } from "../../crds/plug/next-stage.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { absent } from "../../kit/loop/versions.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Coupling } from "./observe.ts";

/** Whether a plug may use a socket. Decided before anything of one side is read for the other. */
export type Admittance =
  /** `proven`: its performed snapshot proves that it was admitted to this socket before. */
  | { readonly kind: "admitted"; readonly socket: Socket; readonly proven: boolean }
  | { readonly kind: "waiting"; readonly said: Said };

/**
 * Checks in this order: served, paused, existing, rules, interface, place.
 * A coupling whose performed snapshot proves that this socket admitted it keeps its place, and stays under the rules of
 * its admission.
 * A status proves nothing.
 * Pure.
 */
export function admit(coupling: Coupling, performed: Snapshot | undefined): Admittance {
  const { plug, socket } = coupling;
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  const named = { namespace, name };
  const unserved = unservedNamespace(coupling);
  if (unserved !== undefined) return wait(sayNotServed(unserved, coupling.serving));
  const pauser = pausedBy(coupling);
  if (pauser !== undefined) return wait(messages.paused(pauser, reasonOfPause(coupling[pauser]?.metadata)));
  if (socket === undefined) return wait(messages.socketMissing(named));
  if (socket.metadata.deletionTimestamp !== undefined) return wait(messages.socketEnding(named));
  if (isMalformed(socket)) return wait(messages.socketMalformed(named, socket.metadata.problems ?? []));
  if (!isReady(socket)) return wait(messages.socketUncreated(named, saysOfItself(socket)));
  const proof = performed?.socket.uid === socket.metadata.uid ? performed.admitted : undefined;
  return refusedBySocket(coupling, socket, proof) ?? { kind: "admitted", socket, proven: proof !== undefined };
}

function refusedBySocket(coupling: Coupling, socket: Socket, proof: string | undefined): Admittance | undefined {
  const { plug, namespace } = coupling;
  const oversized = oversizedOwner(socket);
  if (oversized.length > 0) return wait(messages.specTooLarge(`Socket ${namedAs(socket)}`, oversized));
  const mismatch = interfaceMismatch(plug.spec.interface, socket.spec.interface);
  if (mismatch !== undefined) return wait(messages.interfaceDiffers(mismatch));
  if (socket.spec.validation !== undefined) {
    if (namespace === undefined || (!isKnown(namespace) && socket.spec.validation.namespaceSelector !== undefined))
      return wait(messages.namespaceUnknown(plug.metadata.namespace));
    const admission = admits(socket.spec.validation, namespace.metadata);
    if (admission.kind === "broken") return wait(messages.rulesBroken(socket.metadata, admission.problems));
    if (admission.kind === "refused" && proof !== admissionDigest(socket, namespace))
      return wait(messages.namespaceRefused(admission.why));
  }
  if (proof !== undefined || hasPlace(socket, plug)) return undefined;
  return wait(
    isFull(socket) ? messages.noPlace(socket.metadata, socket.spec.limit ?? 0) : messages.placeComes(socket.metadata),
  );
}

/**
 * Whether the content of a snapshot may be performed for the plug now, and repaired for it: the plug has its place, and
 * the rules are those that admitted it, or do not refuse it.
 * A snapshot exists for a while after its coupling, and a status that names it proves nothing.
 * Pure.
 */
export function isStillAdmitted(
  { plug, socket, namespace }: Pick<Coupling, "plug" | "socket" | "namespace">,
  { admitted }: Pick<Snapshot, "admitted">,
): boolean {
  if (admitted === undefined || socket === undefined || !hasPlace(socket, plug)) return false;
  if (namespace === undefined || !isKnown(namespace) || admitted === admissionDigest(socket, namespace)) return true;
  return admits(socket.spec.validation, namespace.metadata).kind !== "refused";
}

function namedAs({ metadata }: Socket): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function wait(said: Said): Admittance {
  return { kind: "waiting", said };
}

/** The references of every decision: the plug, its socket, its namespace and its place. */
export function ownRefs({ plug, socket, namespace }: Coupling, role: "input" | "result"): readonly PlugRef[] {
  const { metadata, spec } = plug;
  const socketKey = { kind: "Socket", name: spec.socket.name, namespace: spec.socket.namespace ?? metadata.namespace };
  const refs: PlugRef[] = [
    {
      role,
      apiVersion,
      kind: "Plug",
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      version: versionOfOwner(metadata),
    },
    {
      role,
      apiVersion,
      ...socketKey,
      ...(socket === undefined ? {} : { uid: socket.metadata.uid }),
      version: versionOfSocket(socket),
    },
  ];
  if (role === "input" && socket?.spec.validation !== undefined) {
    refs.push({
      role,
      apiVersion: "v1",
      kind: "Namespace",
      name: metadata.namespace,
      version: namespace === undefined ? absent : versionOfOwner(namespace.metadata),
    });
  }
  if (role === "input" && socket?.spec.limit !== undefined)
    refs.push({ role, apiVersion, ...socketKey, kind: "Place", version: versionOfPlace(socket, plug) });
  return refs;
}
