import type { KubeObject } from "../../kit/kube/port.ts";
import { isKnown } from "../namespace/served.ts";
import type { Plug } from "../plug/plug.generated.ts";
import type { Socket } from "../socket/socket.generated.ts";
import { admits, interfaceMismatch } from "./admission-rules.ts";
import { isFormerOperators, pointsAt } from "./standing.ts";

export interface ClaimedCoupling {
  readonly plug: Plug;
  /** The socket that the plug's status names. */
  readonly socket: Socket;
  /** The plugs that the socket's own status lists. */
  readonly listed: ReadonlySet<string>;
  readonly namespace: KubeObject | undefined;
}

/** Whether a coupling that a plug's status claims is real. */
export type Belief =
  | { readonly kind: "believed" }
  | { readonly kind: "refused"; readonly why: string }
  /** The socket's rules need data that Plugboard may not read. */
  | { readonly kind: "unknown"; readonly why: string };

const believed: Belief = { kind: "believed" };

/**
 * Checks a coupling of integration-operator, which no snapshot of ours proves.
 * That operator wrote each coupling on both sides.
 * If the socket's status does not list it (the operator died in between, or a user who cannot write the socket's status
 * wrote the plug's), it is believed only if the socket would admit the plug today: then the claim gains nothing.
 * Pure.
 */
export function believe({ plug, socket, listed, namespace }: ClaimedCoupling): Belief {
  if (!isFormerOperators(plug) || listed.has(`${plug.metadata.namespace}/${plug.metadata.name}`)) return believed;
  const { validation, limit } = socket.spec;
  if (!pointsAt(plug, socket.metadata)) return refused("the plug's spec names another socket");
  const mismatch = interfaceMismatch(plug.spec.interface, socket.spec.interface);
  if (mismatch !== undefined) return refused(mismatch);
  if (limit !== undefined) return refused("its places are limited");
  if (validation === undefined) return believed;
  if (namespace === undefined || (!isKnown(namespace) && validation.namespaceSelector !== undefined))
    return { kind: "unknown", why: `Plugboard cannot read namespace ${plug.metadata.namespace}` };
  const admission = admits(validation, namespace.metadata);
  if (admission.kind === "admitted") return believed;
  return refused(
    admission.kind === "refused" ? admission.why : `its rules are invalid: ${admission.problems.join("; ")}`,
  );
}

function refused(why: string): Belief {
  return { kind: "refused", why };
}

/** The plugs that a socket's own status lists, as `namespace/name`: both may have been restored under other uids. */
export function listedBy({ status }: Socket): ReadonlySet<string> {
  return new Set((status?.coupledPlugs ?? []).map(({ namespace, name }) => `${namespace}/${name}`));
}
