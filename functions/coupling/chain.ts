import type { FactName, StageName, StageReply, StageRequest } from "../../crds/stage-names.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { readingFirst } from "../../kit/kube/reading-first.ts";
import type { EarlierStage } from "../../kit/loop/stage.ts";
import type { Beginning, HeldClaim } from "../../kit/performing/claim.ts";
import type { StageContext } from "../context.ts";

/**
 * A chain: stages of one plug that run in one invocation.
 * The write that ends one stage begins the next, so the API server is asked for less.
 * The next stage is the one that is due on what the first one observed, with its final status.
 * If it cannot be planned, or the object changed, the first stage ends by itself, and the loop requests the next.
 */
export type Chain = (stage: StageName) => { readonly follow: Follow };

/** Plans a stage that follows another, on what that one observed; undefined if it is not due, or cannot be planned. */
export type Follow = (context: StageContext, request: StageRequest, chain: Chain) => Promise<Follower | undefined>;

/** A stage that is planned, and begins with the write that ends another. */
export interface Follower {
  readonly stage: StageName;
  readonly beginning: Beginning;
  /** Goes on after that write. */
  readonly proceed: (passed: Passed) => Promise<StageReply>;
}

/** The object after the write that ended one stage and began another; and the claim of the second, if it has one. */
export interface Passed {
  readonly object: KubeObject;
  readonly claim: HeldClaim | undefined;
}

const chains: { readonly [stage in StageName]?: readonly StageName[] } = {
  "plug.resolve-config": ["plug.couple", "plug.update"],
  "plug.couple": ["plug.template-result"],
  "plug.update": ["plug.template-result"],
};

/** The stages that may follow a stage at once. */
export function followers(stage: StageName): readonly StageName[] {
  return chains[stage] ?? [];
}

/** The same context, with an object as it is about to be. */
export function knowing(context: StageContext, object: KubeObject): StageContext {
  const known = keyText(keyOf(object));
  return { ...context, kube: readingFirst(context.kube, (key) => (keyText(key) === known ? object : undefined)) };
}

/** The object without the claim in its status. */
export function unclaimed(object: KubeObject): KubeObject {
  const { stage: _claim, ...status } = { stage: undefined, ...(object["status"] ?? {}) };
  return { ...object, status };
}

/** The reply of an invocation that went on: that of its last stage, with the facts of those before. */
export function chained(before: EarlierStage<FactName>, last: StageName, reply: StageReply): StageReply {
  const { stage = last, earlier = [] } = reply.chain ?? {};
  return { ...reply, chain: { stage, earlier: [before, ...earlier] } };
}
