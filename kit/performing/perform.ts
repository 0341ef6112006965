import type { Clock } from "../clock.ts";
import { Conflict, failureOf, NotFound, type OperatorError } from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { Kube, KubeObject, ObjectKey } from "../kube/port.ts";
import { asWhom, performStep, type Step, type StepResult, type TakeEffect } from "./steps.ts";

/** The right to write. Recorded in `status.stage` before the first effect, and released with the last write. */
export interface Claim {
  readonly name: string;
  readonly revision: number;
  readonly holder: string;
  readonly until: string;
}

/** How long a claim runs without a renewal, in milliseconds. */
export const claimMilliseconds = 60_000;

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
}

/** The status after a plan's steps, however many were performed. Pure. */
export type Settle<Status> = (outcome: Outcome) => Status;

export type Performed =
  /** All steps were performed, or one waits. */
  | { readonly kind: "done"; readonly object: KubeObject; readonly outcome: Outcome }
  /** A step failed; the status reports it. */
  | { readonly kind: "stopped"; readonly object: KubeObject; readonly error: OperatorError }
  /** Another client wrote first, or the claim ended: nothing more was written. */
  | { readonly kind: "lost"; readonly why: string };

export interface Tools<Effect = never> {
  readonly kube: Kube;
  /** Never a store that may be stale: read after a conflicting write. */
  readonly live: Kube;
  readonly clock: Clock;
  readonly holder: string;
  /** Whether the inventory that the object keeps of what its stages applied has what is found under a key. */
  readonly accountsFor: (object: KubeObject, key: ObjectKey) => boolean;
  /** Performs effects that the kit does not know. */
  readonly takeEffect: TakeEffect<Effect>;
}

/**
 * Performs a plan on the object whose status it writes.
 * Every write to the object is conditional on its resourceVersion or on the claim.
 * The claim is renewed between steps, before it runs out.
 * After it has run out, nothing is written, except to undo a late write.
 * Safe to repeat from any point.
 */
export async function performPlan<Status extends object, Effect>(
  plan: Plan<Status, Effect>,
  settle: Settle<Status>,
  object: KubeObject,
  tools: Tools<Effect>,
): Promise<Performed> {
  const claim = new HeldClaim(plan.stage, plan.revision, tools);
  try {
    await claim.take(object, withLedger(plan, plan.before, []));
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound)
      return { kind: "lost", why: "the object changed after it was read" };
    throw error;
  }
  const { results, stopped, late } = await takeSteps(plan, claim, tools);
  if (claim.expired()) {
    if (late !== undefined) await takeBack(late, object, tools);
    return { kind: "lost", why: "the claim ended before the stage did" };
  }
  const outcome = outcomeOf(plan, results, stopped);
  const ended = await claim.release(withLedger(plan, settle(outcome), results));
  if (ended === undefined) return { kind: "lost", why: "another instance took over the claim" };
  return stopped === undefined
    ? { kind: "done", object: ended, outcome }
    : { kind: "stopped", object: ended, error: stopped };
}

function outcomeOf(
  { steps }: Pick<Plan<object, unknown>, "steps">,
  results: readonly StepResult[],
  stopped: OperatorError | undefined,
): Outcome {
  const awaiting = results.find((result) => result.kind === "awaiting");
  return { results, stopped, awaiting, complete: results.length === steps.length && awaiting === undefined };
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
      return { results, stopped: failureOf(error) };
    }
  }
  return { results, stopped: undefined };
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

/**
 * Writes a status without a claim, for decisions without other effects.
 * Removes the claim of a process that stopped.
 */
export async function recordStatus(
  object: KubeObject,
  status: object,
  { kube }: Pick<Tools, "kube">,
): Promise<KubeObject | undefined> {
  try {
    return await kube.replaceStatus(withStatus(object, unclaimed(status)));
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound) return undefined;
    throw error;
  }
}

type ClaimTools = Omit<Tools, "takeEffect" | "accountsFor">;

class HeldClaim {
  readonly #name: string;
  readonly #revision: number;
  readonly #tools: ClaimTools;
  #object: KubeObject | undefined;
  #status: object = {};
  #until = 0;

  constructor(name: string, revision: number, tools: ClaimTools) {
    this.#name = name;
    this.#revision = revision;
    this.#tools = tools;
  }

  async take(object: KubeObject, status: object): Promise<void> {
    const until = this.#tools.clock.now() + claimMilliseconds;
    this.#status = status;
    this.#object = await this.#write(object, { ...status, stage: this.#claim(until) });
    this.#until = until;
  }

  expired(): boolean {
    return this.#tools.clock.now() >= this.#until;
  }

  /** Makes sure that enough time of the claim is left for one more step; false if the claim is lost. */
  async renew(): Promise<boolean> {
    const left = this.#until - this.#tools.clock.now();
    if (left <= 0) return false;
    if (left > claimMilliseconds / 2) return true;
    const until = this.#tools.clock.now() + claimMilliseconds;
    const renewed = await this.#writeWhileHeld({ ...this.#status, stage: this.#claim(until) });
    if (renewed === undefined) this.#until = 0;
    else this.#until = until;
    return renewed !== undefined;
  }

  /** Writes a status during the stage, and keeps the claim; false if the claim is lost. */
  async record(status: object): Promise<boolean> {
    this.#status = status;
    const written = await this.#writeWhileHeld({ ...status, stage: this.#claim(this.#until) });
    if (written === undefined) this.#until = 0;
    return written !== undefined;
  }

  /** Writes the last status without the claim; undefined if another holder has the claim now. */
  async release(status: object): Promise<KubeObject | undefined> {
    return this.#writeWhileHeld(unclaimed(status));
  }

  /** An edit by another client changes the resourceVersion, not the claim: the write is retried on the new version. */
  async #writeWhileHeld(status: object): Promise<KubeObject | undefined> {
    let object = this.#object;
    for (let attempt = 0; object !== undefined && attempt < 5; attempt++) {
      try {
        this.#object = await this.#write(object, status);
        return this.#object;
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        if (!(error instanceof Conflict)) throw error;
        object = await this.#reread(object);
      }
    }
    return undefined;
  }

  async #reread(object: KubeObject): Promise<KubeObject | undefined> {
    const { apiVersion, kind, metadata } = object;
    const found = await this.#tools.live.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
    if (found === undefined || found.metadata.uid !== metadata.uid) return undefined;
    const claim = stageOf(found);
    return claim?.["holder"] === this.#tools.holder && claim["name"] === this.#name ? found : undefined;
  }

  #write(object: KubeObject, status: object): Promise<KubeObject> {
    return this.#tools.kube.replaceStatus(withStatus(object, status));
  }

  #claim(until: number): Claim {
    return {
      name: this.#name,
      revision: this.#revision,
      holder: this.#tools.holder,
      until: new Date(until).toISOString(),
    };
  }
}

/** The status without a claim: its writer has none any more, and a claim that it read was void. */
function unclaimed(status: object): object {
  const { stage: _void, ...rest } = { stage: undefined, ...status };
  return rest;
}

function stageOf(object: KubeObject): { readonly [key: string]: unknown } | undefined {
  const { status } = object;
  if (typeof status !== "object" || status === null || !("stage" in status)) return undefined;
  return typeof status.stage === "object" && status.stage !== null ? { ...status.stage } : undefined;
}

function withStatus({ apiVersion, kind, metadata }: KubeObject, status: object): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    status,
  };
}
