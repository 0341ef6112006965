import { admits } from "../crds/admission-rules.ts";
import type { PlugRef } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { interfaceMismatch } from "../crds/interface-match.ts";
import { apiVersion } from "../crds/names.ts";
import { isKnown } from "../crds/namespaces.ts";
import { unservedNamespace } from "../crds/next-stage.ts";
import { versionOfPlace, versionOfSocket } from "../crds/references.ts";
import { notServed, sayNotServed } from "../crds/served-namespaces.ts";
import { isMalformed, isReady, pausedBy } from "../crds/standing.ts";
import { absent, versionOfOwner } from "../crds/versions.ts";
import type { Coupling } from "./observe-coupling.ts";

/** Whether a plug may use a socket, before anything of either side is read for the other. */
export type Admittance =
  | { readonly kind: "admitted"; readonly socket: Socket }
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string };

/** Judges whether both are served, pause, existence, rules, interface and place, in this order. Pure. */
export function admit(coupling: Coupling): Admittance {
  const { plug, socket } = coupling;
  const name = `${plug.spec.socket.namespace ?? plug.metadata.namespace}/${plug.spec.socket.name}`;
  const unserved = unservedNamespace(coupling);
  if (unserved !== undefined) return wait(notServed, sayNotServed(unserved, coupling.serving));
  const pauser = pausedBy(coupling);
  if (pauser !== undefined)
    return wait("Paused", `the ${pauser} is paused: remove its annotation integration.rock8s.com/paused to go on`);
  if (socket === undefined)
    return wait(
      "SocketNotCreated",
      `waiting for socket ${name}, which does not exist; it goes on by itself once somebody creates it`,
    );
  if (socket.metadata.deletionTimestamp !== undefined)
    return wait("SocketNotCreated", `socket ${name} is being deleted; waiting for another of that name`);
  if (isMalformed(socket))
    return wait(
      "InvalidInput",
      `socket ${name} is not as the CRD of today has it: ${socket.metadata.problems?.join("; ")}; its owner must mend it`,
    );
  if (!isReady(socket)) return wait("SocketNotCreated", `waiting for socket ${name} to have its created stage done`);
  return refusedBySocket(coupling, socket) ?? { kind: "admitted", socket };
}

function refusedBySocket(coupling: Coupling, socket: Socket): Admittance | undefined {
  const { plug, namespace } = coupling;
  const mismatch = interfaceMismatch(plug.spec.interface, socket.spec.interface);
  if (mismatch !== undefined) return wait("InterfaceMismatch", mismatch);
  if (socket.spec.validation !== undefined) {
    if (namespace === undefined || (!isKnown(namespace) && socket.spec.validation.namespaceSelector !== undefined))
      return wait(
        "NamespaceDenied",
        `namespace ${plug.metadata.namespace} could not be looked at, so the socket's rules cannot be judged; Plugboard needs the right to get it`,
      );
    const admission = admits(socket.spec.validation, namespace.metadata);
    if (admission.kind === "broken")
      return wait(
        "Error",
        `the rules of socket ${socket.metadata.namespace}/${socket.metadata.name} are broken: ${admission.problems.join("; ")}; its owner must mend them`,
      );
    if (admission.kind === "refused" && plug.status?.performed === undefined)
      return wait("NamespaceDenied", admission.why);
  }
  if (plug.status?.performed !== undefined || versionOfPlace(socket, plug) !== absent) return undefined;
  return wait("SocketFull", whyNoPlace(socket));
}

/** True before the places are counted and after: a plug is not looked at again because others got one. */
function whyNoPlace({ spec: { limit = 0 } }: Socket): string {
  return `the socket has ${limit} places, taken or about to be; the plug gets one by itself when one is free`;
}

function wait(reason: string, message: string): Admittance {
  return { kind: "waiting", reason, message };
}

/** The references every judgement rests on: the plug, its socket, its namespace and its place. */
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
