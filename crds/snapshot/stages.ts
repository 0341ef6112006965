import type { StagesOfKind } from "../../kit/loop/stage.ts";

export const ofSnapshots: StagesOfKind<"snapshot.sweep", "snapshot.swept"> = {
  object: { apiVersion: "v1", kind: "Secret" },
  stages: ["snapshot.sweep"],
  facts: ["snapshot.swept"],
};
