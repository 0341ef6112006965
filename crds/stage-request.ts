import type { PlugboardError } from "../kit/errors.ts";
import type { StageName } from "./stage-names.ts";

/** What asks for a stage: identity, never content. `uid` absent: whoever has the name now (asked by hand). */
export interface StageRequest {
  readonly stage: StageName;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

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

/** How a stage ended. */
export type StageReply =
  /** It was not due, another holds the claim, or there was nothing to do. */
  | { readonly kind: "nothing"; readonly why: string }
  /** The object was moved on (also into a recorded wait or failure that only an edit or a change can mend). */
  | {
      readonly kind: "fact";
      readonly fact: FactName;
      readonly message: string;
      /** The new revision that was resolved. */
      readonly revision?: number | undefined;
      /** The object was let go: nothing holds up its deletion any more. */
      readonly released?: boolean | undefined;
    }
  /** It may succeed later without anybody editing anything. */
  | { readonly kind: "retry"; readonly error: PlugboardError; readonly retryAfterSeconds?: number | undefined };
