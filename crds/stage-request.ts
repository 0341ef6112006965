import type { StageReply as ReplyOf, StageRequest as RequestOf } from "../kit/loop/stage.ts";
import type { FactName, StageName } from "./stage-names.ts";

export type StageRequest = RequestOf<StageName>;

export type StageReply = ReplyOf<FactName>;
