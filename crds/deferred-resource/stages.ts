import type { StagesOfKind } from "../../kit/loop/stage.ts";
import { apiVersion } from "../names.ts";

/** The one stage of a deferred resource. */
export const deferredResourceStage = "deferredresource.resolve";

const facts = [
  "deferredresource.resolved",
  "deferredresource.waiting",
  "deferredresource.deleted",
  "deferredresource.failed",
] as const;

export const ofDeferredResources: StagesOfKind<typeof deferredResourceStage, (typeof facts)[number]> = {
  object: { apiVersion, kind: "DeferredResource" },
  stages: [deferredResourceStage],
  facts,
};
