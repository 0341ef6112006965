import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import type { ClaimClock } from "../../kit/loop/claims.ts";
import type { DueContext, Need, View, WhatIsDue } from "../../kit/loop/kind.ts";
import { unknown } from "../../kit/loop/references.ts";
import type { Traced } from "../../kit/trace-context.ts";
import { type Evidence, referred } from "../coupling/references.ts";
import { annotations } from "../names.ts";
import { namespaceByName, type Serving } from "../namespace/served.ts";
import type { Due } from "../plug/next-stage.ts";
import type { PlugRef } from "../plug/plug.generated.ts";
import type { StageName } from "../stage-names.ts";
import { kindNames } from "./kind-names.ts";

/** Settings of the source on which decisions depend. */
export interface KindSettings extends Serving {
  /** Take over couplings of integration-operator (false: leave them). Default true. */
  readonly adopts?: boolean | undefined;
  /** The uid of this cluster; undefined if it may not be read. Then snapshots that name a cluster are left alone. */
  readonly clusterUid: string | undefined;
  /** The least time between two counts of one socket's plugs, in milliseconds. Default 2,000. */
  readonly censusMilliseconds?: number | undefined;
}

/** Converts a decision for the event loop. */
export function whatIsDue<Name extends StageName>(due: Due<Name>, need: (stage: Name) => Need): WhatIsDue {
  if (due.stage !== undefined) return { due: need(due.stage) };
  const lookAgainAt = "lookAgainAt" in due ? due.lookAgainAt : undefined;
  if (lookAgainAt !== undefined) return { due: "not now", lookAgainAt };
  return { due: "nothing", lookAgainAt: "opensAt" in due ? due.opensAt : undefined };
}

/** The watched objects as decisions read them. Hides objects that a status names and its owner may not follow. */
export function seenIn(view: View, mayFollow: (ref: PlugRef) => boolean): Evidence {
  return { kind: "seen", see: (ref) => (mayFollow(ref) ? view.see(referred(ref)) : unknown) };
}

/** Whether a reference is to an object in the owner's own namespace, or to a cluster-scoped one. */
export function isAtHome(ref: Pick<PlugRef, "namespace">, { metadata }: { readonly metadata: ObjectMeta }): boolean {
  return ref.namespace === undefined || ref.namespace === metadata.namespace;
}

export function claimClockOf({ now, voidHolders }: DueContext): ClaimClock {
  return { now, voidHolders };
}

/** A namespace as watched. If it may not be watched, only its name is known. */
export function namespaceIn(view: View, name: string): KubeObject | undefined {
  const namespaces = view.of(kindNames.namespace);
  return namespaces.get(`/${name}`) ?? (namespaces.refused ? namespaceByName(name) : undefined);
}

/** How an awaited object is watched: Pods of apparatuses have the operator's label. */
export function awaitedAs(ref: PlugRef): "labelled" | "read" {
  return ref.entry === "apparatus" ? "labelled" : "read";
}

/** The part of an object that its trace needs: an annotation can name a trace. */
export function traced({ uid, generation, annotations: marks }: ObjectMeta): Traced {
  return { uid, generation, traceparent: marks?.[annotations.traceparent] };
}
