import type { PlugHook } from "../../crds/generated/plug.ts";
import { apiVersion } from "../../crds/names.ts";
import { Timeout, Unavailable } from "../../kit/errors.ts";
import type { Json, ObjectKey } from "../../kit/kube.ts";
import type { Plan } from "../../kit/perform.ts";
import type { Step, StepResult, Tolerance } from "../../kit/steps.ts";
import type { StageContext } from "../context.ts";
import type { Snapshot } from "../snapshot.ts";
import { plainValues, type Side, secretsOf } from "../values.ts";
import type { ApparatusOwner } from "./apparatus-objects.ts";
import { useApparatus } from "./use-apparatus.ts";

/** A hook that is due, and the step that calls it. */
export interface HookStep {
  readonly hook: PlugHook;
  readonly step: Step;
}

/** What a hook tells an apparatus. */
export interface Telling {
  readonly owner: ApparatusOwner;
  readonly hook: PlugHook;
  readonly body: { readonly [field: string]: Json };
  readonly idempotencyKey: string;
  readonly secrets: readonly string[];
  readonly tolerance: Tolerance;
}

/** The step that calls a hook: it waits for the apparatus where that has to start first. Safe to repeat: the key is the same. */
export function hookStep(context: StageContext, telling: Telling): HookStep {
  const { owner, hook, tolerance } = telling;
  const as = { namespace: owner.namespace, name: "default" };
  return { hook, step: { kind: "run", as, tolerance, target: keyOfOwner(owner), run: () => tell(context, telling) } };
}

async function tell(context: StageContext, telling: Telling): Promise<StepResult> {
  const { owner, hook, body, idempotencyKey, secrets, tolerance } = telling;
  const call = { method: "POST", path: `/${hook.event}`, body: JSON.stringify(body), idempotencyKey, secrets } as const;
  try {
    const use = await useApparatus(context, owner, call);
    if (use.kind === "answered") return { kind: "called", key: use.key };
    if (tolerance === "any") return { kind: "skipped", key: use.key, why: `${use.message}, which was not waited for` };
    return { kind: "awaiting", key: use.key, metadata: use.metadata, why: use.message };
  } catch (error) {
    // What goes with its namespace does not come back.
    const passes = tolerance === "unreachable" && (error instanceof Unavailable || error instanceof Timeout);
    if (!passes) throw error;
    return { kind: "skipped", key: keyOfOwner(owner), why: error.message };
  }
}

function keyOfOwner({ apiVersion: version, side, namespace, name }: ApparatusOwner): ObjectKey {
  return { apiVersion: version, kind: side === "plug" ? "Plug" : "Socket", namespace, name };
}

/** The hook of one side of a coupling for an event of its snapshot; undefined where it has none, or it answered for this revision already. Pure. */
export function couplingHook(
  context: StageContext,
  snapshot: Snapshot,
  of: {
    readonly side: Side;
    readonly event: PlugHook["event"];
    readonly called: readonly PlugHook[] | undefined;
    readonly tolerance: Tolerance;
  },
): HookStep | undefined {
  const { side, event, called, tolerance } = of;
  const { revision, outcome } = snapshot;
  const apparatus = outcome.hooks?.apparatus[side];
  if (outcome.hooks === undefined || apparatus === undefined) return undefined;
  const hook = { revision, side, event };
  if (isCalled(called, hook)) return undefined;
  const { config, hooks } = outcome;
  return hookStep(context, {
    owner: { ...snapshot[side], apiVersion, side, apparatus },
    hook,
    body: {
      version: "1",
      plug: hooks.plug,
      socket: hooks.socket,
      plugConfig: plainValues(config.plug),
      socketConfig: plainValues(config.socket),
    },
    idempotencyKey: [snapshot.plug.uid, snapshot.socket.uid, revision, side, event].join("."),
    secrets: secretsOf(config.plug, config.socket),
    tolerance,
  });
}

/** Whether a hook is on record as answered. */
export function isCalled(called: readonly PlugHook[] | undefined, { revision, side, event }: PlugHook): boolean {
  return (called ?? []).some((one) => one.revision === revision && one.side === side && one.event === event);
}

/** The steps of a stage in the order of its sides: each side's hook, then its resources. */
export function inOrderOfSides(
  hooks: { readonly [side in Side]: HookStep | undefined },
  resources: { readonly [side in Side]: readonly Step[] },
): readonly Step[] {
  return (["plug", "socket"] as const).flatMap((side) => {
    const hook = hooks[side];
    return hook === undefined ? resources[side] : [hook.step, ...resources[side]];
  });
}

/** A status that tells which hooks answered. */
interface Hooked {
  readonly hooks?: readonly PlugHook[] | undefined;
}

/** The plan with every hook that answered on record before the next step, and after the last. */
export function hookedPlan<Status extends Hooked>(
  hooks: { readonly [side in Side]?: HookStep | undefined },
  called: readonly PlugHook[] | undefined,
  plan: Plan<Status>,
): Plan<Status> {
  const own = [hooks.plug, hooks.socket].filter((hook) => hook !== undefined);
  const { steps, before, after, revision } = plan;
  const recorded = (results: readonly StepResult[]) => hooksAfter(called, revision, { hooks: own, steps, results });
  return {
    ...plan,
    before: { ...before, ...recorded([]) },
    meanwhile: (results) => (results.at(-1)?.kind === "called" ? { ...before, ...recorded(results) } : undefined),
    after: (results, stopped) => ({ ...after(results, stopped), ...recorded(results) }),
  };
}

/** The hooks on record after steps were taken: those of other revisions are of no use any more. */
function hooksAfter(
  before: readonly PlugHook[] | undefined,
  revision: number,
  taken: {
    readonly hooks: readonly HookStep[];
    readonly steps: readonly Step[];
    readonly results: readonly StepResult[];
  },
): Hooked {
  const answered = taken.results.flatMap((result, index) => {
    const found = taken.hooks.find(({ step }) => step === taken.steps[index]);
    return result.kind === "called" && found !== undefined ? [found.hook] : [];
  });
  const kept = (before ?? []).filter((hook) => hook.revision === revision && !isCalled(answered, hook));
  return before === undefined && answered.length === 0 ? {} : { hooks: [...kept, ...answered] };
}
