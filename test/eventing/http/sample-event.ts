import { eventFormat } from "../../../crds/stage-names.ts";
import { type StageEvent, stageEvent } from "../../../eventing/cloud-events.ts";

/** An event as a source makes it, for tests of what becomes of any. */
export const event: StageEvent = stageEvent(eventFormat, {
  clusterUid: "cluster",
  stage: "plug.couple",
  object: {
    apiVersion: "integration.rock8s.com/v1beta1",
    kind: "Plug",
    namespace: "shop",
    name: "orders",
    uid: "uid-1",
    resourceVersion: "7",
    generation: 2,
  },
  inputs: "abc",
  attempt: 0,
  now: Date.UTC(2026, 0, 1),
});
