import type { StageReply as ReplyOf, StageRequest as RequestOf } from "../kit/stage.ts";
import type { StageName } from "./stage-names.ts";

export type StageRequest = RequestOf<StageName>;

/** What happened, in the past tense. */
export const facts = [
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
  "socket.created",
  "socket.synced",
  "socket.deleted",
  "socket.failed",
  "snapshot.swept",
  "deferredresource.resolved",
  "deferredresource.waiting",
  "deferredresource.deleted",
  "deferredresource.failed",
  "apparatus.removed",
] as const;
export type FactName = (typeof facts)[number];

export type StageReply = ReplyOf<FactName>;
