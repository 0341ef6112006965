import type { EffectStep, Step as StepOf, StepResult, TakeEffect } from "../../kit/performing/steps.ts";
import { shared } from "../../kit/shared.ts";
import type { HookCall } from "../apparatus/hooks.ts";
import { type KeepUp, keepUp } from "../snapshot/upkeep.ts";
import type { StageContext } from "../stage.ts";
import { type LeaveShared, leaveShared } from "./leave-shared.ts";

/** The effects that the kit does not know: hook calls, leaving shared objects, and upkeep under a claim. */
export type Effect = HookCall | LeaveShared | KeepUp;

export type Step = StepOf<Effect>;

/** The modules that only hook calls need, loaded once. */
export const loadCalling: () => Promise<typeof import("../apparatus/use-apparatus.ts")> = shared(
  () => import("../apparatus/use-apparatus.ts"),
);

/** Performs effects. */
export function effectsIn(context: StageContext): TakeEffect<Effect> {
  return async (step): Promise<StepResult> => {
    if (isHook(step)) return (await loadCalling()).callHook(context, step);
    if (isLeaving(step)) return leaveShared(context, step);
    if (!isUpkeep(step)) throw new Error("unknown effect");
    await keepUp(context, [step.effect.task]);
    return { kind: "called", key: step.target };
  };
}

function isHook(step: EffectStep<Effect>): step is EffectStep<HookCall> {
  return step.effect.kind === "hook";
}

function isLeaving(step: EffectStep<Effect>): step is EffectStep<LeaveShared> {
  return step.effect.kind === "leave shared";
}

function isUpkeep(step: EffectStep<Effect>): step is EffectStep<KeepUp> {
  return step.effect.kind === "keep up";
}
