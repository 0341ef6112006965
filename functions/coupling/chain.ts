import type { FactName, StageName, StageReply } from "../../crds/stage-names.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { readingFirst } from "../../kit/kube/reading-first.ts";
import type { EarlierStage } from "../../kit/loop/stage.ts";
import type { StageContext } from "../stage.ts";

// A chain: one write ends a stage and begins the next. `functions/run-stage.ts` runs it, `HeldClaim.passOn` writes.

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
