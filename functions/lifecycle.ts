import { nextDeferredResourceStage } from "../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../crds/deferred-resource/parse.ts";
import { apiVersion } from "../crds/names.ts";
import { nextPlugStage } from "../crds/plug/next-stage.ts";
import { nextSocketStage } from "../crds/socket/next-stage.ts";
import { readSocket } from "../crds/socket/parse.ts";
import type { StageName, StageRequest } from "../crds/stage-names.ts";
import type { KubeObject } from "../kit/kube/port.ts";
import { observePlug } from "./coupling/observe.ts";
import { observeSocketWithPlugs } from "./socket/observe.ts";
import { claimClock, type StageContext } from "./stage.ts";

/** The kinds whose stages a watcher of objects can request. */
export const lifecycleKinds = ["Plug", "Socket", "DeferredResource"] as const;
export type LifecycleKind = (typeof lifecycleKinds)[number];

/** An object that changed. */
export type Happened = Pick<StageRequest, "namespace" | "name"> & { readonly kind: LifecycleKind };

/** The present object, and its stage that is due. */
export interface Found {
  readonly object: KubeObject;
  readonly stage: StageName | undefined;
}

/**
 * Reads an object in the cluster and finds its stage that is due; undefined if the object does not exist.
 * Writes nothing.
 */
export function findDueStage(context: StageContext, { kind, ...named }: Happened): Promise<Found | undefined> {
  switch (kind) {
    case "Plug":
      return dueOfPlug(context, named);
    case "Socket":
      return dueOfSocket(context, named);
    case "DeferredResource":
      return dueOfDeferredResource(context, named);
  }
}

type Named = Omit<Happened, "kind">;

async function dueOfPlug(context: StageContext, named: Named): Promise<Found | undefined> {
  const coupling = await observePlug(context, named, { kind: "none" });
  return coupling === undefined ? undefined : { object: coupling.object, stage: nextPlugStage(coupling).stage };
}

async function dueOfSocket(context: StageContext, named: Named): Promise<Found | undefined> {
  const object = await context.kube.get({ apiVersion, kind: "Socket", ...named });
  if (object === undefined) return undefined;
  const surroundings = await observeSocketWithPlugs(context, readSocket(object));
  const due = nextSocketStage({
    ...surroundings,
    clock: claimClock(context),
    evidence: { kind: "none" },
    serving: context,
  });
  return { object, stage: due.stage };
}

async function dueOfDeferredResource(context: StageContext, named: Named): Promise<Found | undefined> {
  const object = await context.kube.get({ apiVersion, kind: "DeferredResource", ...named });
  if (object === undefined) return undefined;
  const deferred = parseDeferredResource(object);
  const due = nextDeferredResourceStage({
    deferred,
    evidence: { kind: "none" },
    clock: claimClock(context),
    serving: context,
  });
  return { object, stage: due.stage };
}
