import type { KubeObject } from "../../kit/kube/port.ts";
import { type KindDefinition, nothingDue, type WhatIsDue } from "../../kit/loop/kind.ts";
import { kindNames } from "../due/kind-names.ts";
import { digest } from "../due/told.ts";
import { apparatusSelector, idleAtOf } from "./pod.ts";

/** The Pods of apparatuses as the loop knows them, by their metadata. */
export const apparatusKind: KindDefinition<KubeObject> = {
  ...kindNames.apparatus,
  watched: { apiVersion: "v1", kind: "Pod", metadataOnly: true, labelSelector: apparatusSelector },
  parse: (object) => object,
  parsed: 1_000,
  stages: {
    due: ({ metadata }, { now }) => apparatusDue(metadata, now),
    told: (_, pod) =>
      pod === undefined || pod.metadata.deletionTimestamp !== undefined
        ? { fact: "apparatus.removed", of: "gone" }
        : undefined,
    about: ({ metadata: { uid = "", resourceVersion = "" } }) => ({ uid, resourceVersion, trace: { uid } }),
  },
};

function apparatusDue(metadata: KubeObject["metadata"], now: number): WhatIsDue {
  if (metadata.deletionTimestamp !== undefined) return nothingDue;
  const idleAt = idleAtOf(metadata);
  if (now < idleAt) return { due: "nothing", lookAgainAt: idleAt };
  return { due: { stage: "apparatus.remove", inputs: digest([metadata.uid ?? "", String(idleAt)]) } };
}
