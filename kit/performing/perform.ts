import type { Clock } from "../clock.ts";
import { Conflict, failureOf, NotFound, type PlugboardError } from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { Kube, KubeObject, ObjectKey } from "../kube/port.ts";
import { asWhom, performStep, type Step, type StepResult, type TakeEffect } from "./steps.ts";

/** Who may write: recorded in `status.stage` before the first effect, given back with the last write. */
export interface Claim {
  readonly name: string;
  readonly revision: number;
  readonly holder: string;
  readonly until: string;
}

/** How long a claim runs before it must have been renewed. */
export const claimMilliseconds = 60_000;

/** How a stage changes the world: its claim, and its effects in order. A plan is data; reading it performs nothing. */
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
  /** What is on record already. */
  readonly entries: readonly object[];
}

/** What came of a plan's steps. */
export interface Outcome {
  readonly results: readonly StepResult[];
  /** Why they stopped, where one failed. */
  readonly stopped: PlugboardError | undefined;
  /** The step that ended the stage to wait. */
  readonly awaiting: Extract<StepResult, { kind: "awaiting" }> | undefined;
  /** Whether all of them were taken. */
  readonly complete: boolean;
}

/** What the status says after a plan's steps, however far they came. Pure. */
export type Settle<Status> = (outcome: Outcome) => Status;

export type Performed =
  /** All steps were taken, or one ended the stage to wait. */
  | { readonly kind: "done"; readonly object: KubeObject; readonly outcome: Outcome }
  /** A step failed; the status says so. */
  | { readonly kind: "stopped"; readonly object: KubeObject; readonly error: PlugboardError }
  /** Another wrote first, or the claim ended: nothing more was written. */
  | { readonly kind: "lost"; readonly why: string };

export interface Tools<Effect = never> {
  readonly kube: Kube;
  /** Never a store that lags behind: asked where a write has met somebody else's. */
  readonly live: Kube;
  readonly clock: Clock;
  readonly holder: string;
  /** Whether the inventory that the object keeps of what its stages applied has what is found under a key. */
  readonly accountsFor: (object: KubeObject, key: ObjectKey) => boolean;
  /** Brings about what only the plan's author knows. */
  readonly takeEffect: TakeEffect<Effect>;
}

/**
 * Performs a plan on the object whose status it writes. Every write to the object is conditional on the resourceVersion read or on the
 * claim; between two steps the claim is renewed before it runs out, and nothing is written once it has, but to take back what slipped
 * through. Safe to repeat from any point.
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
  stopped: PlugboardError | undefined,
): Outcome {
  const awaiting = results.find((result) => result.kind === "awaiting");
  return { results, stopped, awaiting, complete: results.length === steps.length && awaiting === undefined };
}

/** Takes steps in order without recording them in a status. Stops at the first step that waits. @throws PlugboardError */
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
  // Where there is nothing to keep, and was nothing before, the field stays away.
  return entries.length === 0 && !(ledger.field in status) ? status : { ...status, [ledger.field]: entries };
}

/** A step that ended when its claim had. */
interface Late {
  readonly step: Step<unknown>;
  readonly result: StepResult;
}

interface Taken {
  readonly results: readonly StepResult[];
  readonly stopped: PlugboardError | undefined;
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
 * A process that is held up between looking at its claim and writing may write when another has long gone on: what that write created
 * goes again, unless the inventory of whoever came after has it or somebody touched it since. What it changed is seen, and repaired.
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

/** Writes a status without claiming anything first: for decisions that have no other effect. What a process that died left of its claim goes. */
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

  /** Makes sure that enough of the claim is left for one more step; false when it is lost. */
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

  /** Writes a status in the midst of the stage, and keeps the claim; false when it is lost. */
  async record(status: object): Promise<boolean> {
    this.#status = status;
    const written = await this.#writeWhileHeld({ ...status, stage: this.#claim(this.#until) });
    if (written === undefined) this.#until = 0;
    return written !== undefined;
  }

  /** Writes the last status without the claim; undefined when the claim is another's by now. */
  async release(status: object): Promise<KubeObject | undefined> {
    return this.#writeWhileHeld(unclaimed(status));
  }

  /** An edit by somebody else moves the resourceVersion, not the claim: the write is tried again on what is there now. */
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

/** The status without a claim: whoever writes it holds none any more, and what it read of one was void. */
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
