import type { StagesOfKind } from "../../kit/loop/stage.ts";
import { apiVersion } from "../names.ts";

/** The stages of a plug, in order of priority: if several are due, the first one runs. */
export const plugStages = [
  "plug.adopt",
  "plug.create",
  "plug.decouple",
  "plug.delete",
  "plug.resolve-config",
  "plug.couple",
  "plug.update",
  "plug.template-result",
  "plug.repair",
] as const;

export type PlugStageName = (typeof plugStages)[number];

const facts = [
  "plug.adopted",
  "plug.created",
  "plug.decoupled",
  "plug.deleted",
  "plug.config-resolved",
  "plug.coupled",
  "plug.updated",
  "plug.result-templated",
  "plug.repaired",
  "plug.waiting",
  "plug.failed",
] as const;

export const ofPlugs: StagesOfKind<PlugStageName, (typeof facts)[number]> = {
  object: { apiVersion, kind: "Plug" },
  stages: plugStages,
  facts,
};
