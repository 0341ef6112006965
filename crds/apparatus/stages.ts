import type { StagesOfKind } from "../../kit/loop/stage.ts";

export const ofApparatuses: StagesOfKind<"apparatus.remove", "apparatus.removed"> = {
  object: { apiVersion: "v1", kind: "Pod" },
  stages: ["apparatus.remove"],
  facts: ["apparatus.removed"],
};
