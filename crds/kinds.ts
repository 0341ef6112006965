import { type KindSet, loopKind } from "../kit/loop/kind.ts";
import { apparatusKind } from "./apparatus/kind.ts";
import { deferredResourceKind } from "./deferred-resource/kind.ts";
import type { KindSettings } from "./due/observed.ts";
import { fieldManager, labels, manager } from "./names.ts";
import { namespaceKind } from "./namespace/kind.ts";
import { plugKind } from "./plug/kind.ts";
import { keptKeysKind, snapshotKind } from "./snapshot/kind.ts";
import { socketKind } from "./socket/kind.ts";

/** Every kind that the source watches: one line each. */
export function ourKinds(settings: KindSettings): KindSet {
  return {
    kinds: [
      loopKind(namespaceKind),
      loopKind(socketKind(settings)),
      loopKind(plugKind(settings)),
      loopKind(deferredResourceKind(settings)),
      loopKind(apparatusKind),
      loopKind(snapshotKind(settings)),
      loopKind(keptKeysKind(settings)),
    ],
    madeSelector: `${labels.managedBy}=${manager}`,
    fieldManager,
    alwaysWatched: [
      { apiVersion: "v1", kind: "Secret" },
      { apiVersion: "v1", kind: "ConfigMap" },
    ],
  };
}
