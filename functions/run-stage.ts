import { listsApplied } from "../crds/coupling/references.ts";
import type { FailureRecord } from "../crds/due/failure.ts";
import { toBeGone } from "../crds/messages.ts";
import { type FactName, facts, type StageName, type StageReply, type StageRequest } from "../crds/stage-names.ts";
import {
  asRejection,
  Conflict,
  failureOf,
  InternalError,
  InvalidInput,
  OperatorError,
  Rejected,
  Throttled,
  Unavailable,
} from "../kit/errors.ts";
import type { KubeObject } from "../kit/kube/port.ts";
import { blankerOf } from "../kit/outlet/blanker.ts";
import { told } from "../kit/outlet/outlet.ts";
import { type Beginning, HeldClaim, recordStatus } from "../kit/performing/claim.ts";
import { addFinalizer, removeFinalizer } from "../kit/performing/finalizers.ts";
import { heldBy } from "../kit/performing/held-by.ts";
import {
  beginningOf,
  claimFor,
  type Outcome,
  type Performed,
  type Plan,
  performPlan,
  takeAll,
} from "../kit/performing/perform.ts";
import { chained, followers, knowing, unclaimed } from "./coupling/chain.ts";
import { sameStatus } from "./coupling/status.ts";
import { type Effect, effectsIn, type Step } from "./resources/own-effects.ts";
import { answerText, isPassing } from "./resources/record-failure.ts";
import { keepUp, type Upkeep } from "./snapshot/upkeep.ts";
import type {
  Chain,
  Decision,
  FinalizerChange,
  Follow,
  Follower,
  Passed,
  Seen,
  Stage,
  StageContext,
  StageDefinition,
  Told,
} from "./stage.ts";

/**
 * Makes a stage from its definition: observe, check that it is due, find, decide, perform, reply.
 * Failures are recorded in the status.
 */
export function defineStage<Status extends object, View extends Seen<Status>, Found>(
  definition: StageDefinition<Status, View, Found>,
): Stage {
  const { stage, about, live, observe, whyNotDue, find, decide } = definition;
  const seeing = (context: StageContext): StageContext => (live ? { ...context, kube: context.live } : context);
  const run = async (given: StageContext, request: StageRequest, chain?: Chain): Promise<StageReply> => {
    const context = seeing(given);
    try {
      const view = await observe(context, request);
      if (view === undefined) return nothing(noSuch(about));
      const notDue = whyNotDue(view, context);
      return notDue === undefined
        ? await new Run(definition, { context, request, chain }, view).run()
        : nothing(notDue);
    } catch (thrown) {
      return replyTo(told(failureIn(thrown, stage, context)), stage);
    }
  };
  const look = async (given: StageContext, request: StageRequest): Promise<Decision<Status>> => {
    const context = seeing(given);
    const view = await observe(context, request);
    if (view === undefined) return nothing(noSuch(about));
    const notDue = whyNotDue(view, context);
    return notDue === undefined ? decide(view, await find(context, view)) : nothing(notDue);
  };
  const follow: Follow = async (context, request, chain) => {
    try {
      const view = await observe(context, request);
      if (view === undefined || whyNotDue(view, context) !== undefined) return undefined;
      return await new Run(definition, { context, request, chain }, view).follow();
    } catch {
      // The first stage must end in any case. Requested by itself, this one fails again and reports it.
      return undefined;
    }
  };
  return Object.assign(run, { decide: look, follow });
}

function noSuch(about: string): string {
  return `there is no such ${about}`;
}

/** The circumstances of a run. */
interface Circumstances {
  readonly context: StageContext;
  readonly request: StageRequest;
  readonly chain: Chain | undefined;
}

/** One run of a stage that is due. */
class Run<Status extends object, View extends Seen<Status>, Found> {
  readonly #definition: StageDefinition<Status, View, Found>;
  readonly #circumstances: Circumstances;
  readonly #context: StageContext;
  readonly #view: View;
  /** The object as last written. Later writes are conditional on this version. */
  #object: KubeObject;
  /** Its secrets, as far as they were read. */
  #secrets: readonly string[] = [];

  constructor(definition: StageDefinition<Status, View, Found>, circumstances: Circumstances, view: View) {
    this.#definition = definition;
    this.#circumstances = circumstances;
    this.#context = circumstances.context;
    this.#view = view;
    this.#object = view.object;
  }

  run(): Promise<StageReply> {
    return this.#reply(async () => {
      const { decision, found } = await this.#decide();
      return await this.#act(decision, found);
    });
  }

  /** Plans this run as one that begins with the write that ends another stage. */
  async follow(): Promise<Follower | undefined> {
    const { decision, found } = await this.#decide();
    if (decision.kind === "record") return this.#followWithRecord(decision);
    return decision.kind === "perform" ? this.#followWithPlan(decision, found) : undefined;
  }

  async #followWithRecord(decision: Extract<Decision<Status>, { kind: "record" }>): Promise<Follower | undefined> {
    const { status, first, otherwise } = decision;
    if (otherwise !== undefined || sameStatus(this.#view.status, status)) return undefined;
    await keepUp(this.#context, first);
    const proceed = (): Promise<StageReply> => this.#reply(() => this.#recorded(decision));
    return { stage: this.#definition.stage, beginning: { status }, proceed };
  }

  async #followWithPlan(
    { plan, finalizer, notices = [], first, otherwise }: Extract<Decision<Status>, { kind: "perform" }>,
    found: Found,
  ): Promise<Follower | undefined> {
    if (plan === undefined || finalizer !== undefined) return undefined;
    await this.#context.notify(notices);
    await keepUp(this.#context, first);
    const proceed = ({ claim }: Passed): Promise<StageReply> =>
      this.#reply(() => {
        if (claim === undefined) throw new Error(`${plan.stage} began without a claim`);
        return this.#performed(plan, { claim, found, otherwise });
      });
    return { stage: this.#definition.stage, beginning: beginningOf(plan), proceed };
  }

  async #decide(): Promise<{ readonly decision: Decision<Status>; readonly found: Found }> {
    const { find, decide, secrets } = this.#definition;
    const found = await find(this.#context, this.#view);
    this.#secrets = secrets?.(found) ?? [];
    return { decision: decide(this.#view, found), found };
  }

  /** The reply of a run; of a failed one, after the failure was recorded. */
  async #reply(run: () => Promise<StageReply> | StageReply): Promise<StageReply> {
    const { stage } = this.#definition;
    try {
      return await run();
    } catch (thrown) {
      return this.#fail({ error: failureIn(thrown, stage, this.#context), status: this.#view.status });
    }
  }

  #act(decision: Decision<Status>, found: Found): Promise<StageReply> | StageReply {
    switch (decision.kind) {
      case "nothing":
        return nothing(decision.why);
      case "record":
        return this.#record(decision);
      case "perform":
        return this.#perform(decision, found);
      case "keep up":
        return this.#keepUp(decision.tasks, decision.told);
      case "take":
        return this.#take(decision.steps, found);
      case "fail":
        if (decision.error instanceof InternalError)
          this.#context.unexpected(decision.error.cause, this.#definition.stage);
        return this.#fail(decision);
    }
  }

  async #record(decision: Extract<Decision<Status>, { kind: "record" }>): Promise<StageReply> {
    try {
      return await this.#writeRecord(decision);
    } catch (thrown) {
      const error = failureIn(thrown, this.#definition.stage, this.#context);
      if (error.retryable) throw error;
      return await this.#fail({ error, status: decision.ifRefused ?? this.#view.status });
    }
  }

  async #writeRecord(decision: Extract<Decision<Status>, { kind: "record" }>): Promise<StageReply> {
    const { status, first, otherwise } = decision;
    // Callers of a function may not be allowed to read the object, so the details are in the status only.
    if (sameStatus(this.#view.status, status)) return nothing("its status is up to date");
    await keepUp(this.#context, first);
    const follower = await this.#follower(status, this.#object);
    const passed = follower === undefined ? undefined : await this.#begin(follower.beginning);
    if (follower !== undefined && passed !== undefined)
      return this.#goOn(() => this.#recorded(decision), follower, passed);
    if (!(await this.#write(status, decision.mayBeRefused === true))) {
      await keepUp(this.#context, otherwise);
      return nothing("it changed after it was read");
    }
    return this.#recorded(decision);
  }

  async #recorded({ told, notices = [], afterwards }: Recorded<Status>): Promise<Told> {
    await keepUp(this.#context, afterwards);
    await this.#context.notify(notices);
    return told;
  }

  /** The stage that is due next on what this one observed, with its final status; undefined if none can be planned. */
  async #follower(status: object, object: KubeObject): Promise<Follower | undefined> {
    const { chain, request } = this.#circumstances;
    if (chain === undefined) return undefined;
    const context = knowing(this.#context, unclaimed({ ...object, status }));
    for (const stage of followers(this.#definition.stage)) {
      const follower = await chain(stage).follow(context, { ...request, stage }, chain);
      if (follower !== undefined) return follower;
    }
    return undefined;
  }

  /** Begins a stage on the object as it was read; undefined if that is not written. */
  async #begin({ claim, status }: Beginning): Promise<Passed | undefined> {
    try {
      if (claim !== undefined) {
        const held = await HeldClaim.take(this.#object, { claim, status }, this.#context);
        return held === undefined ? undefined : { object: held.object, claim: held };
      }
      const object = await recordStatus(this.#object, status, this.#context);
      return object === undefined ? undefined : { object, claim: undefined };
    } catch (error) {
      // The status of this stage alone may be accepted. Without an answer, the write may have happened.
      if (error instanceof OperatorError && !error.retryable) return undefined;
      throw error;
    }
  }

  /**
   * Ends this stage after the write that began its follower, which goes on however this stage ends.
   * A failure of either is not written over the status of the other: the loop sees what is still due.
   */
  async #goOn(end: () => Promise<StageReply>, follower: Follower, passed: Passed): Promise<StageReply> {
    const { stage } = this.#definition;
    const own = await this.#replyOf(stage, end);
    const endedAt = this.#context.clock.now();
    const next = await this.#replyOf(follower.stage, () => follower.proceed(passed));
    if (own.kind === "fact") return chained({ stage, end: own, endedAt }, follower.stage, next);
    const earlier = next.kind === "fact" ? [{ stage: follower.stage, end: next, endedAt }] : [];
    return { ...own, chain: { stage, earlier } };
  }

  async #replyOf(stage: StageName, run: () => Promise<StageReply>): Promise<StageReply> {
    try {
      return await run();
    } catch (thrown) {
      return replyTo(told(failureIn(thrown, stage, this.#context)), stage);
    }
  }

  async #keepUp(tasks: readonly Upkeep[], told: Told): Promise<StageReply> {
    await keepUp(this.#context, tasks);
    return told;
  }

  async #write(status: Status, mayBeRefused: boolean): Promise<boolean> {
    try {
      return (await recordStatus(this.#object, status, this.#context)) !== undefined;
    } catch (error) {
      if (mayBeRefused && error instanceof InvalidInput) return true;
      throw error;
    }
  }

  async #perform(
    { plan, finalizer, notices = [], first, otherwise }: Extract<Decision<Status>, { kind: "perform" }>,
    found: Found,
  ): Promise<StageReply> {
    await this.#context.notify(notices);
    await keepUp(this.#context, first);
    const object = await this.#claimed(finalizer);
    if (object === undefined) return nothing("it changed after it was read");
    if (plan === undefined) return this.#conclude(noSteps, finalizer, found);
    const claim = await claimFor(plan, object, this.#context);
    return claim === undefined
      ? nothing("it changed after it was read")
      : this.#performed(plan, { claim, found, finalizer, otherwise });
  }

  /** Performs a plan under its claim, and ends the stage. */
  async #performed(
    plan: Plan<Status, Effect>,
    { claim, found, finalizer, otherwise }: UnderClaim<Found>,
  ): Promise<StageReply> {
    let follower: Follower | undefined;
    const performed = await this.#performPlan(plan, { claim, found }, async (status, object) => {
      follower = finalizer === undefined ? await this.#follower(status, object) : undefined;
      return follower?.beginning;
    });
    if (performed.kind === "mistaken") return this.#lookAgain(claim, finalizer);
    if (performed.kind === "lost") {
      await keepUp(this.#context, otherwise);
      return nothing(performed.why);
    }
    this.#object = performed.object;
    if (performed.kind === "stopped") return this.#stopped(performed.error);
    const end = (): Promise<StageReply> => this.#conclude(performed.outcome, finalizer, found);
    if (follower === undefined || !performed.passedOn) return end();
    return this.#goOn(end, follower, { object: performed.object, claim });
  }

  /**
   * An object was in the way of a step that had not looked for one.
   * Observes and decides again under the same claim: the inventory lists the object now, so the stage looks for it.
   */
  async #lookAgain(claim: HeldClaim, finalizer: FinalizerChange | undefined): Promise<StageReply> {
    const { observe, about } = this.#definition;
    const { context, request } = this.#circumstances;
    const view = await observe(knowing(context, unclaimed(claim.object)), request);
    if (view === undefined) return nothing(noSuch(about));
    const again = new Run(this.#definition, this.#circumstances, view);
    // A failure is recorded on the object as the claim left it, and gives the claim back.
    return again.#reply(() => again.#decideUnder(claim, finalizer));
  }

  /** Decides under a claim that is held already. */
  async #decideUnder(claim: HeldClaim, finalizer: FinalizerChange | undefined): Promise<StageReply> {
    const { decision, found } = await this.#decide();
    const plan = decision.kind === "perform" ? decision.plan : undefined;
    if (decision.kind !== "perform" || plan === undefined) {
      const object = await claim.release(this.#view.status);
      if (object === undefined) return nothing("another instance took over the claim");
      this.#object = object;
      return this.#act(decision, found);
    }
    await this.#context.notify(decision.notices ?? []);
    await keepUp(this.#context, decision.first);
    const begun = await claim.passOn(beginningOf(plan));
    return begun === undefined
      ? nothing("it changed after it was read")
      : this.#performed(plan, { claim, found, finalizer, otherwise: decision.otherwise });
  }

  /** The object, with the finalizer that the decision adds; undefined if another client changed it first. */
  async #claimed(finalizer: FinalizerChange | undefined): Promise<KubeObject | undefined> {
    if (finalizer === undefined || !("add" in finalizer)) return this.#object;
    const object = await addFinalizer(this.#context.kube, this.#object, finalizer.add);
    this.#object = object ?? this.#object;
    return object;
  }

  #performPlan(
    plan: Plan<Status, Effect>,
    { claim, found }: UnderClaim<Found>,
    successor: (status: object, object: KubeObject) => Promise<Beginning | undefined>,
  ): Promise<Performed> {
    const settle = (outcome: Outcome): Status => {
      const { stopped } = outcome;
      const said = { ...outcome, stopped: stopped === undefined ? undefined : this.#sayable(stopped) };
      return this.#definition.settle?.(this.#view, found, { before: plan.before, outcome: said }) ?? plan.before;
    };
    const takeEffect = effectsIn(this.#context);
    return performPlan(plan, settle, claim, { ...this.#context, takeEffect, accountsFor: listsApplied, successor });
  }

  async #conclude(outcome: Outcome, finalizer: FinalizerChange | undefined, found: Found): Promise<StageReply> {
    const { notify, live } = this.#context;
    const conclusion = this.#definition.conclude?.(this.#view, found, outcome);
    if (conclusion === undefined) return nothing("nothing to do");
    const { told, notices = [], afterwards } = conclusion;
    if (outcome.awaiting !== undefined) return told;
    await keepUp(this.#context, afterwards);
    await notify(notices);
    if (finalizer !== undefined && "remove" in finalizer) await removeFinalizer(live, this.#object, finalizer.remove);
    return told;
  }

  /** Retries a step that waits: no status records what it waits for. */
  async #take(steps: readonly Step[], found: Found): Promise<StageReply> {
    try {
      const results = await takeAll(steps, { kube: this.#context.kube, takeEffect: effectsIn(this.#context) });
      const awaiting = results.find((result) => result.kind === "awaiting");
      if (awaiting !== undefined) throw new Unavailable(sayAwaiting(awaiting));
      const outcome = { ...noSteps, results, awaiting };
      return await this.#conclude(outcome, undefined, found);
    } catch (error) {
      if (error instanceof Conflict) return nothing("it changed after it was read");
      throw this.#sayable(failureIn(error, this.#definition.stage, this.#context));
    }
  }

  /** The status reports it already; a conflict is not reported. */
  async #stopped(error: OperatorError): Promise<StageReply> {
    const { stage } = this.#definition;
    if (error instanceof InternalError) this.#context.unexpected(error.cause, stage);
    const said = this.#sayable(error);
    await this.#notifyOf(said);
    return replyTo(said, stage);
  }

  /** Records a failure before any effect, once for each distinct reason and message. */
  async #fail({
    error,
    status: before,
    finalizer,
  }: Omit<Extract<Decision<Status>, { kind: "fail" }>, "kind">): Promise<StageReply> {
    const { stage, fail } = this.#definition;
    const object = await this.#claimed(finalizer);
    if (object === undefined) return nothing("it changed after it was read");
    const { message } = this.#sayable(error);
    const status = fail(this.#view, before, { stage, error, message });
    if (status !== undefined && !sameStatus(this.#view.status, status)) {
      const written = await recordStatus(object, status, this.#context);
      if (written === undefined) return nothing("it changed after it was read");
      await this.#notifyOf(error);
    }
    return replyTo(error, stage);
  }

  /** Whether this conflict is the one from which on conflicts are reported. */
  #lasts(): boolean {
    const { failure }: { readonly failure?: FailureRecord | undefined } = this.#view.status;
    if (failure?.stage !== this.#definition.stage || !isPassing(failure)) return false;
    return !isPassing({ ...failure, attempts: (failure.attempts ?? 0) + 1 });
  }

  /** The same answer of the API server is reported once, however often the stage is retried. */
  async #notifyOf(error: OperatorError): Promise<void> {
    const { stage } = this.#definition;
    const { name, message } = error;
    if (error instanceof Rejected && answerText(error) === answerOnRecord(this.#view.status, stage)) return;
    if (error instanceof Conflict && !this.#lasts()) return;
    await this.#context.notify([
      { about: this.#view.object, type: "Warning", reason: name, message: `${stage}: ${message}` },
    ]);
  }

  /** The failure as it may be reported, with the text of others if it contains no secret. */
  #sayable(error: OperatorError): OperatorError {
    const blanked = blankerOf(this.#secrets);
    return told(error instanceof Rejected ? error.withFieldsBlanked(blanked) : error, blanked);
  }
}

function answerOnRecord(
  status: { readonly failure?: FailureRecord | undefined },
  stage: StageName,
): string | undefined {
  return status.failure?.stage === stage ? status.failure.answer : undefined;
}

const noSteps: Outcome = { results: [], stopped: undefined, awaiting: undefined, complete: true, notApplied: [] };

type Recorded<Status> = Pick<Extract<Decision<Status>, { kind: "record" }>, "told" | "notices" | "afterwards">;

/** A plan's claim, what it was made from, and the finalizer that the stage changes. */
interface UnderClaim<Found> {
  readonly claim: HeldClaim;
  readonly found: Found;
  readonly finalizer?: FinalizerChange | undefined;
  /** Upkeep if the claim is lost. */
  readonly otherwise?: readonly Upkeep[] | undefined;
}

/** The message for a step that waits. */
export function sayAwaiting({ key, why, metadata }: NonNullable<Outcome["awaiting"]>): string {
  return why ?? toBeGone(key, heldBy(metadata));
}

export function nothing(why: string): { readonly kind: "nothing"; readonly why: string } {
  return { kind: "nothing", why };
}

/** Converts a thrown value into a failure and reports an unexpected one. */
function failureIn(thrown: unknown, stage: StageName, context: StageContext): OperatorError {
  const failure = asRejection(failureOf(thrown));
  if (failure instanceof InternalError) context.unexpected(thrown, stage);
  return failure;
}

/** The reply for a failure: retry, or nothing until an edit. */
export function replyTo(error: OperatorError, stage: StageName): StageReply {
  if (error.retryable)
    return {
      kind: "retry",
      error,
      ...(error instanceof Throttled ? { retryAfterSeconds: error.retryAfterSeconds } : {}),
    };
  const fact = failedFact(stage);
  // Others may read the reply, and the message may contain a secret.
  return fact === undefined
    ? nothing(`${error.name}: edit the object to continue`)
    : { kind: "fact", fact, message: error.message };
}

function failedFact(stage: StageName): FactName | undefined {
  const name = `${stage.slice(0, stage.indexOf("."))}.failed`;
  return facts.find((fact) => fact === name);
}
