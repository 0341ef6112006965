import {
  Conflict,
  Expired,
  failureOf,
  InternalError,
  type OperatorError,
  Throttled,
  Timeout,
  Unavailable,
} from "../../kit/errors.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import {
  claimFor,
  type Outcome,
  type Performed,
  type Plan,
  performPlan,
  type Tools,
} from "../../kit/performing/perform.ts";
import { type EffectStep, noEffects, performStep, type Step, type StepResult } from "../../kit/performing/steps.ts";
import { NotOurs } from "../definition/failures.ts";
import type { Names } from "../definition/names.ts";
import type { ChildResult } from "../definition/operator.ts";
import { versionOf } from "./as-desired.ts";
import type { AppliedNote } from "./memory.ts";
import { isOwnedBy } from "./observe.ts";
import { type ChildAction, resultOf } from "./plan.ts";
import { entryFor, entryOf, type Inventory, inventoryKey, placeOf, type SyncRecord, shortUid } from "./record.ts";
import type { RecordPlace } from "./record-kube.ts";

/** What became of the children. */
export interface CarriedOut {
  readonly performed: Performed;
  readonly results: readonly ChildResult[];
  /** The first failure of a child, if any. Others were tried all the same. */
  readonly error: OperatorError | undefined;
  readonly changed: boolean;
  readonly applied: ReadonlyMap<string, AppliedNote>;
}

export interface CarryOutOptions {
  readonly kube: Kube;
  readonly names: Names;
  readonly place: RecordPlace;
  readonly stage: string;
  readonly actions: readonly ChildAction[];
  readonly tools: Pick<Tools, "clock" | "holder">;
  /** The record after the last step, without the inventory. */
  readonly settle: (after: Omit<CarriedOut, "performed">) => SyncRecord;
}

const changedBefore: Performed = { kind: "lost", why: "the parent changed after it was read" };

/**
 * Performs actions under a claim. The inventory is written with the claim, before the first child.
 * A child that fails stops no other one, but then nothing is removed.
 */
export async function carryOut(options: CarryOutOptions): Promise<CarriedOut> {
  const { names, place, stage, actions, tools, settle } = options;
  const { parent, recorded } = place;
  const before = recordOf(recorded);
  const run = new ChildRun({ kube: options.kube, names, parent, actions, inventory: before.children });
  const steps = actions.flatMap((action): readonly EffectStep<ChildAction>[] =>
    action.step === undefined
      ? []
      : [{ kind: "effect", target: keyOf(action.object), effect: action, tolerance: "none" }],
  );
  const plan: Plan<SyncRecord, ChildAction> = {
    stage,
    revision: parent.metadata.generation ?? 0,
    before: { ...before, noted: undefined, children: run.inventory("before") },
    steps,
  };
  const kube = place.kube();
  const claim = await claimFor(plan, recorded, { ...tools, kube, live: kube });
  const performed =
    claim === undefined
      ? changedBefore
      : await performPlan(
          plan,
          ({ stopped }: Outcome) => ({ ...settle(run.after(stopped)), children: run.inventory("after") }),
          claim,
          { ...tools, kube, live: kube, takeEffect: (step) => run.take(step), accountsFor: () => true },
        );
  return { performed, ...run.after(performed.kind === "stopped" ? performed.error : undefined) };
}

/** The record in place of a status. */
export function recordOf({ status }: KubeObject): SyncRecord {
  return (status ?? {}) as SyncRecord;
}

/** Whether an error passes by itself: the loop retries, and nothing is recorded. */
export function isPassing(error: OperatorError): boolean {
  return [Conflict, Expired, InternalError, Throttled, Timeout, Unavailable].some((kind) => error instanceof kind);
}

interface Acting extends Pick<CarryOutOptions, "kube" | "names" | "actions"> {
  readonly parent: KubeObject;
  /** As it was before. */
  readonly inventory: Inventory | undefined;
}

/** The children in one run of a stage. */
class ChildRun {
  readonly #options: Acting;
  readonly #results = new Map<ChildAction, ChildResult>();
  readonly #entries = new Map<ChildAction, string>();
  readonly #applied = new Map<string, AppliedNote>();
  readonly #errors: OperatorError[] = [];
  #changed = false;

  constructor(options: Acting) {
    this.#options = options;
  }

  /** Performs one action. @throws OperatorError if it passes by itself */
  async take({ effect: action, target }: EffectStep<ChildAction>): Promise<StepResult> {
    if (action.step?.kind === "remove" && this.#errors.length > 0) {
      this.#end(action, { outcome: "unchanged", why: "it is kept, because another child failed" });
      return { kind: "skipped", key: target, why: "another child failed" };
    }
    try {
      const result = await this.#perform(action, action.step);
      this.#heed(action, result);
      return result.kind === "awaiting" ? { kind: "skipped", key: target, why: result.why ?? "it lingers" } : result;
    } catch (thrown) {
      const error = failureOf(thrown);
      if (isPassing(error)) throw thrown;
      this.#errors.push(error);
      this.#end(action, { outcome: "failed", why: error.message });
      return { kind: "skipped", key: target, why: error.message };
    }
  }

  /** What became of the children; those after a failure that stopped the run are as they were. */
  after(stopped: OperatorError | undefined): Omit<CarriedOut, "performed"> {
    const results = this.#options.actions.map((action): ChildResult => {
      const known = this.#results.get(action);
      if (known !== undefined) return known;
      if (action.step === undefined) return resultOf(action);
      return { ...resultOf(action), outcome: "failed", why: stopped?.message ?? "the sync ended early" };
    });
    return { results, error: this.#errors[0], changed: this.#changed, applied: this.#applied };
  }

  /** The children that the parent has or is about to have. */
  inventory(when: "before" | "after"): Inventory {
    const inventory: { [kind: string]: { [place: string]: string } } = {};
    for (const action of this.#options.actions) {
      if (when === "after" && this.#isGone(action)) continue;
      const key = inventoryKey(action.object);
      const kind = inventory[key] ?? {};
      inventory[key] = kind;
      kind[placeOf(action.object.metadata)] = this.#entries.get(action) ?? this.#entryBefore(action);
    }
    return inventory;
  }

  #isGone(action: ChildAction): boolean {
    return action.desired === undefined && this.#results.get(action)?.outcome === "deleted";
  }

  async #perform(action: ChildAction, step: Step | undefined): Promise<StepResult> {
    const { kube } = this.#options;
    if (step === undefined) throw new RangeError("an action without a step is not performed");
    try {
      return await performStep(step, kube, noEffects);
    } catch (error) {
      const creates = step.kind === "apply" && step.expects.kind === "nothing";
      if (!(error instanceof Conflict) || !creates) throw error;
      return await this.#adopt(action, step);
    }
  }

  /** An object of that name exists without our label. If the parent owns it, somebody removed the label. */
  async #adopt(action: ChildAction, step: Extract<Step, { kind: "apply" }>): Promise<StepResult> {
    const { kube, parent } = this.#options;
    const found = await kube.get(keyOf(step.object));
    if (found === undefined) throw new Conflict(`${step.object.kind} ${step.object.metadata.name} was just deleted`);
    const { kind, metadata } = found;
    if (!isOwnedBy(metadata, parent)) {
      const place = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
      throw new NotOurs(
        `${kind} ${place} exists and is not a child of this ${parent.kind}: delete it, or return another name`,
      );
    }
    if (metadata.deletionTimestamp !== undefined)
      return { kind: "awaiting", key: keyOf(found), metadata, why: "it is being deleted" };
    const { uid = "" } = metadata;
    const result = await performStep({ ...step, expects: { kind: "uid", uid }, was: found }, kube, noEffects);
    this.#end(action, { outcome: "updated" });
    return result;
  }

  #heed(action: ChildAction, result: StepResult): void {
    const { names } = this.#options;
    switch (result.kind) {
      case "awaiting":
        this.#changed = true;
        this.#end(action, { outcome: "awaited", why: result.why ?? "it is being deleted" });
        return;
      case "skipped":
        this.#end(action, { outcome: "unchanged", why: result.why });
        return;
      case "applied": {
        const { metadata, changed = true } = result;
        const { uid = "" } = metadata;
        const version = versionOf({ ...action.object, metadata }, names);
        this.#changed ||= changed;
        this.#entries.set(action, entryFor(metadata, version));
        if (action.desired !== undefined) this.#applied.set(uid, { desired: action.desired.digest, version });
        if (!this.#results.has(action)) this.#end(action, { outcome: changed ? action.outcome : "unchanged" });
        return;
      }
      default:
        this.#changed = true;
        this.#end(action, { outcome: action.outcome });
    }
  }

  /** An object that is made, or made anew, gets a uid that is not known yet. */
  #entryBefore({ object, desired, step }: ChildAction): string {
    const { uid, version = "" } = entryOf(this.#options.inventory, object) ?? {};
    const creates = step?.kind === "recreate" || (step?.kind === "apply" && step.expects.kind === "nothing");
    if (!creates && uid !== undefined) return `${uid}.${version}`;
    return desired === undefined ? shortUid(object.metadata) : "";
  }

  #end(action: ChildAction, { outcome, why }: Pick<ChildResult, "outcome" | "why">): void {
    const { why: _, ...known } = resultOf(action);
    this.#results.set(action, { ...known, outcome, ...(why === undefined ? {} : { why }) });
  }
}
