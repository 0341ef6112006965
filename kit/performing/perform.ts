import { Conflict, Forbidden, failureOf, InvalidInput, type OperatorError, Rejected } from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { KubeObject, ObjectKey } from "../kube/port.ts";
import { type Beginning, type ClaimTools, HeldClaim } from "./claim.ts";
import { asWhom, performStep, type Step, type StepResult, type TakeEffect, targetOf } from "./steps.ts";

/** How a stage changes the world: its claim, and its steps in order. A plan is data; reading it performs nothing. */
export interface Plan<Status, Effect = never> {
  readonly stage: string;
  readonly revision: number;
  /** Written with the claim, before the first effect. */
  readonly before: Status;
  readonly steps: readonly Step<Effect>[];
  /** A list in the status: the `entry` of each completed call, written before the next step. */
  readonly ledger?: Ledger | undefined;
}

export interface Ledger {
  readonly field: string;
  /** The entries that are recorded already. */
  readonly entries: readonly object[];
}

/** The result of a plan's steps. */
export interface Outcome {
  readonly results: readonly StepResult[];
  /** The failure that stopped them, if any. */
  readonly stopped: OperatorError | undefined;
  /** The step at which the stage waits. */
  readonly awaiting: Extract<StepResult, { kind: "awaiting" }> | undefined;
  /** Whether all steps were performed. */
  readonly complete: boolean;
  /** Objects that were expected to be new, and that the stage did not apply: it stopped before, or was refused. */
  readonly notApplied: readonly ObjectKey[];
}

/** The status after a plan's steps, however many were performed. Pure. */
export type Settle<Status> = (outcome: Outcome) => Status;

export type Performed =
  /** All steps were performed, or one waits. `passedOn`: the write that ended the stage began its successor. */
  | { readonly kind: "done"; readonly object: KubeObject; readonly outcome: Outcome; readonly passedOn: boolean }
  /** An object was in the way where none was expected. The status is as at the start, and the claim is still held. */
  | { readonly kind: "mistaken" }
  /** A step failed; the status reports it. */
  | { readonly kind: "stopped"; readonly object: KubeObject; readonly error: OperatorError }
  /** Another client wrote first, or the claim ended: nothing more was written. */
  | { readonly kind: "lost"; readonly why: string };

export interface Tools<Effect = never> extends ClaimTools {
  /** Whether the inventory that the object keeps of what its stages applied has what is found under a key. */
  readonly accountsFor: (object: KubeObject, key: ObjectKey) => boolean;
  /** Performs effects that the kit does not know. */
  readonly takeEffect: TakeEffect<Effect>;
  /**
   * Plans the stage that begins with the write that ends this one, for the status and the object of this stage.
   * Undefined: none follows at once.
   */
  readonly successor?: ((status: object, object: KubeObject) => Promise<Beginning | undefined>) | undefined;
}

/**
 * Takes the claim for a plan, on the object whose status it writes.
 * The same write records the status of the plan's start.
 * Undefined: the object changed after it was read, and nothing was written.
 */
export async function claimFor<Status extends object, Effect>(
  plan: Plan<Status, Effect>,
  object: KubeObject,
  tools: ClaimTools,
): Promise<HeldClaim | undefined> {
  return HeldClaim.take(object, beginningOf(plan), tools);
}

/** A plan as the beginning of its stage. */
export function beginningOf<Status extends object, Effect>(
  plan: Plan<Status, Effect>,
): Beginning & { readonly claim: object } {
  const { stage, revision } = plan;
  return { claim: { name: stage, revision }, status: withLedger(plan, plan.before, []) };
}

/**
 * Performs a plan under its claim.
 * Every write to the object is conditional on its resourceVersion or on the claim.
 * The claim is renewed between steps, before it runs out.
 * After it has run out, nothing is written, except to undo a late write.
 * Safe to repeat from any point.
 */
export async function performPlan<Status extends object, Effect>(
  plan: Plan<Status, Effect>,
  settle: Settle<Status>,
  claim: HeldClaim,
  tools: Tools<Effect>,
): Promise<Performed> {
  const { results, stopped, late, mistaken = false } = await takeSteps(plan, claim, tools);
  if (claim.expired()) {
    if (late !== undefined) await takeBack(late, claim.object, tools);
    return { kind: "lost", why: "the claim ended before the stage did" };
  }
  if (mistaken) return { kind: "mistaken" };
  const outcome = outcomeOf(plan, results, stopped);
  const status = withLedger(plan, settle(outcome), results);
  const passed = outcome.complete && stopped === undefined ? await passOn(claim, status, tools) : undefined;
  if (passed !== undefined) return { kind: "done", object: passed, outcome, passedOn: true };
  const ended = await claim.release(status);
  if (ended === undefined) return { kind: "lost", why: "another instance took over the claim" };
  return stopped === undefined
    ? { kind: "done", object: ended, outcome, passedOn: false }
    : { kind: "stopped", object: ended, error: stopped };
}

/** The object, if one write ended this stage and began the next; undefined if the stage must end by itself. */
async function passOn(claim: HeldClaim, status: object, { successor }: Tools<never>): Promise<KubeObject | undefined> {
  const beginning = await successor?.(status, claim.object);
  return beginning === undefined ? undefined : claim.passOn(beginning);
}

function outcomeOf(
  { steps }: Pick<Plan<object, unknown>, "steps">,
  results: readonly StepResult[],
  stopped: OperatorError | undefined,
): Outcome {
  const awaiting = results.find((result) => result.kind === "awaiting");
  const complete = results.length === steps.length && awaiting === undefined;
  // What became of a request without an answer is not known.
  const failed = stopped !== undefined && !isRefusal(stopped) ? 1 : 0;
  const left = steps.slice(results.length + failed).filter(isUnlooked);
  return { results, stopped, awaiting, complete, notApplied: left.map(targetOf) };
}

/** Whether the API server refused a request, so that it had no effect. */
function isRefusal(error: OperatorError): boolean {
  return error instanceof Forbidden || error instanceof Rejected || error instanceof InvalidInput;
}

function isUnlooked(step: Step<unknown>): boolean {
  return "unlooked" in step && step.unlooked === true;
}

/**
 * Performs steps in order without recording them in a status.
 * Stops at the first step that waits.
 * @throws OperatorError
 */
export async function takeAll<Effect>(
  steps: readonly Step<Effect>[],
  { kube, takeEffect }: Pick<Tools<Effect>, "kube" | "takeEffect">,
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const result = await performStep(step, kube, takeEffect);
    results.push(result);
    if (result.kind === "awaiting") break;
  }
  return results;
}

/** The status with the ledger entries of all completed calls. */
function withLedger<Status extends object>(
  { ledger, steps }: Plan<Status, unknown>,
  status: Status,
  results: readonly StepResult[],
): Status {
  if (ledger === undefined) return status;
  const told = steps.filter((_, index) => results[index]?.kind === "called").flatMap(({ entry }) => entry ?? []);
  const entries = [...ledger.entries, ...told];
  // If there are no entries and there were none before, the field stays absent.
  return entries.length === 0 && !(ledger.field in status) ? status : { ...status, [ledger.field]: entries };
}

/** A step that ended after its claim. */
interface Late {
  readonly step: Step<unknown>;
  readonly result: StepResult;
}

interface Taken {
  readonly results: readonly StepResult[];
  readonly stopped: OperatorError | undefined;
  readonly late?: Late;
  /** An object was in the way of a step that expected none without having looked. */
  readonly mistaken?: boolean;
}

async function takeSteps<Status extends object, Effect>(
  plan: Plan<Status, Effect>,
  claim: HeldClaim,
  tools: Tools<Effect>,
): Promise<Taken> {
  const results: StepResult[] = [];
  for (const step of plan.steps) {
    try {
      if (!(await claim.renew())) break;
      const result = await performStep(step, tools.kube, tools.takeEffect);
      results.push(result);
      if (claim.expired()) return { results, stopped: undefined, late: { step, result } };
      if (result.kind === "awaiting") break;
      const told = result.kind === "called" && step.entry !== undefined;
      if (told && !(await claim.record(withLedger(plan, plan.before, results)))) break;
    } catch (error) {
      const stopped = failureOf(error);
      return { results, stopped, mistaken: isMistaken(step, stopped) };
    }
  }
  return { results, stopped: undefined };
}

/**
 * Whether a step failed that expected no object without having looked for one.
 * Then the plan may have been wrong: a conflict says so, and what the API server rejects may be a change of an object.
 */
function isMistaken(step: Step<unknown>, error: OperatorError): boolean {
  return isUnlooked(step) && (error instanceof Conflict || error instanceof Rejected);
}

/**
 * A process that is suspended between the check of its claim and a write may write when another holder has continued.
 * An object that this write created is deleted again, unless the status of the next holder lists it or another client
 * has changed it.
 * A changed object is found and repaired.
 */
async function takeBack(
  { step, result }: Late,
  object: KubeObject,
  { live, accountsFor }: Pick<Tools, "live" | "accountsFor">,
): Promise<void> {
  if (result.kind !== "applied" || !creates(step)) return;
  const found = await live.get(keyOf(object));
  if (found !== undefined && found.metadata.uid === object.metadata.uid && accountsFor(found, result.key)) return;
  const { uid, resourceVersion } = result.metadata;
  try {
    await asWhom(live, step).delete(result.key, { uid, resourceVersion, propagation: "Background" });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

function creates(step: Step<unknown>): boolean {
  return step.kind === "recreate" || (step.kind === "apply" && step.expects.kind === "nothing");
}
