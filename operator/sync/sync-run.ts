import type { Clock } from "../../kit/clock.ts";
import type { ConditionClaim } from "../../kit/conditions.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import { failureOf, InternalError, type OperatorError } from "../../kit/errors.ts";
import type { Kind, Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import type { StageReply } from "../../kit/loop/stage.ts";
import { addFinalizer, removeFinalizer } from "../../kit/performing/finalizers.ts";
import { GiveUp, InvalidParent, InvalidResult } from "../definition/failures.ts";
import type { Names } from "../definition/names.ts";
import type { ChildKinds, ChildResult, LastSync, Operator, RelatedKinds, SyncRequest } from "../definition/operator.ts";
import { viewOf } from "../definition/views.ts";
import { isAsDesired } from "./as-desired.ts";
import { attempt, callHandler, type Returned } from "./call.ts";
import { type CarriedOut, carryOut, isPassing, recordOf } from "./carry-out.ts";
import { claimsOfFailure, claimsOfSuccess } from "./claims.ts";
import { desiredChild, desiredChildren, namespacedKinds, type Placing } from "./desired.ts";
import { noteFailure, oneMoreRun } from "./due.ts";
import type { AppliedNote, Memory } from "./memory.ts";
import { isChild, type Observed, observe } from "./observe.ts";
import type { ParentItem } from "./parent.ts";
import { type ChildAction, planChildren, resultOf } from "./plan.ts";
import { type Noted, placeOf, type SyncRecord } from "./record.ts";
import { RecordPlace } from "./record-kube.ts";
import { type Sayable, sayableIn } from "./sayable.ts";
import { nextStatus, type StatusShape, writeStatus } from "./status.ts";

/** What became of a sync, for logs, metrics and displays. */
export interface SyncReport extends LastSync {
  readonly operator: string;
  readonly stage: string;
  readonly parent: ObjectKey & { readonly uid: string };
  /** What the parent waits for; undefined: nothing. */
  readonly waiting?: string | undefined;
  /** What the handler threw: for people who debug it. It may contain secrets. */
  readonly thrown?: unknown;
}

export interface SyncOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** Who claims: unique among all processes. */
  readonly holder: string;
  /** Holders whose claims are void at once. */
  readonly voidHolders: readonly string[];
  readonly memory: Memory;
  /**
   * Where a sync without effects is noted: in this process, beside a source that asks it; or in the record, for a
   * source in another process.
   */
  readonly notes: "memory" | "record";
  /** When this process began, in milliseconds since the epoch. */
  readonly begunAt: number;
  /** Receives errors that are bugs. */
  readonly unexpected: (error: unknown, stage: string) => void;
  readonly synced?: ((report: SyncReport) => void) | undefined;
}

export interface Setting extends SyncOptions {
  readonly operator: Operator;
  readonly names: Names;
  readonly shapes: () => Promise<StatusShape>;
}

/** Lets a parent go. */
export async function release({ kube, names }: Setting, object: KubeObject, message: string): Promise<StageReply> {
  await removeFinalizer(kube, object, names.finalizer);
  return { kind: "fact", fact: names.facts.finalized, message, released: true };
}

type AnyRequest = SyncRequest<Kind, ChildKinds, RelatedKinds>;

/** The children that exist, by the names of their kinds. */
type Children = ReadonlyMap<string, readonly KubeObject[]>;

interface Called {
  readonly observed: Observed;
  readonly returned: Returned;
  readonly actions: readonly ChildAction[];
}

/** One run of a stage that is due. */
export class SyncRun {
  readonly #setting: Setting;
  readonly #parent: ParentItem;
  readonly #stage: string;
  readonly #place: RecordPlace;
  #sayable: Sayable = sayableIn([]);
  #error: OperatorError | undefined;
  #seen: Observed["seen"] = {};

  constructor(
    setting: Setting,
    { object, parent, stage }: { readonly object: KubeObject; readonly parent: ParentItem; readonly stage: string },
  ) {
    this.#setting = setting;
    this.#parent = parent;
    this.#stage = stage;
    this.#place = new RecordPlace(setting.kube, setting.names.record, object);
  }

  /** Undefined: that failed, and not only for a moment. */
  async observe(): Promise<Observed | undefined> {
    const { kube, operator, names } = this.#setting;
    const observed = await this.#try(() => observe(kube, { operator, names, parent: this.#place.parent }));
    if (observed === undefined) return undefined;
    this.#seen = observed.seen;
    this.#sayable = sayableIn([...observed.labelled.values(), ...observed.related.values()].flat());
    return observed;
  }

  async run(observed: Observed): Promise<StageReply> {
    const { operator, names, kube } = this.#setting;
    if (!this.#parent.deleting && operator.finalize !== undefined && !this.#parent.held) {
      const held = await addFinalizer(kube, this.#place.parent, { finalizer: names.finalizer });
      if (held === undefined) return nothing("it changed after it was read");
      this.#place.wrote(held);
    }
    const called = await this.#try(() => this.#call(observed));
    return called === undefined ? await this.failed() : await this.#act(called);
  }

  /** Says the failure in conditions, and records it. No child is touched. */
  async failed(results: readonly ChildResult[] = []): Promise<StageReply> {
    const { names, memory } = this.#setting;
    const error = this.#error ?? new InternalError("no failure is known");
    const message = this.#sayable(error);
    const last = { results, error: message };
    memory.keep(this.#parent.uid, { last, noted: undefined });
    // In this order: what is recorded may be the end of it.
    const written = await this.#writeStatus(undefined, claimsOfFailure(error.name, message));
    if (written === "lost") return nothing("it changed after it was read");
    const failure = this.#failureNote(error, message);
    await this.#place.write({ ...recordOf(this.#place.recorded), stage: undefined, noted: undefined, failure, last });
    this.#report({ results, error: message, thrown: error.cause });
    return { kind: "fact", fact: names.facts.failed, message: `${error.name}: ${message}` };
  }

  async #call(observed: Observed): Promise<Called> {
    const { operator, names, kube, clock, memory } = this.#setting;
    const { parent } = this.#place;
    await this.#validate();
    const existing = this.#childrenIn(observed);
    const placing = { operator, names, parent, namespaced: await namespacedKinds(kube, operator) };
    const request = this.#request(observed, existing, placing);
    const handler = this.#parent.deleting ? operator.finalize : operator.sync;
    const returned = await callHandler(
      this.#parent.deleting ? "finalize" : "sync",
      (signal) => handler?.({ ...request, signal }),
      { clock, timeoutSeconds: operator.timeoutSeconds },
    );
    const desired = returned.children === undefined ? undefined : desiredChildren(placing, returned.children);
    const listed = [...existing].flatMap(([as, objects]) => objects.map((object) => ({ as, object })));
    const { applied } = memory.of(this.#parent.uid);
    const inventory = this.#parent.record.children;
    const planning = { names, parentUid: this.#parent.uid, applied, inventory, keep: returned.keep };
    return { observed, returned, actions: planChildren(desired, listed, planning) };
  }

  /** What the handler is called with. Everything is a copy. */
  #request({ related }: Observed, existing: Children, placing: Placing): Omit<AnyRequest, "signal"> {
    const { operator, names, clock, memory } = this.#setting;
    const { applied, last = this.#parent.record.last } = memory.of(this.#parent.uid);
    const inventory = this.#parent.record.children;
    const request = {
      parent: structuredClone(this.#place.parent),
      children: Object.fromEntries(operator.children.map(({ as }) => [as, viewOf(existing.get(as) ?? [])])),
      related: Object.fromEntries(operator.reads.map(({ as }) => [as, viewOf(related.get(as) ?? [])])),
      last: structuredClone(last),
      now: clock.now(),
      domain: names.domain,
      isApplied: (child: KubeObject): boolean => {
        const desired = desiredChild(placing, copyJson(child), "isApplied()");
        const { as, update } = desired.declared;
        const found = existing.get(as)?.find((one) => placeOf(one.metadata) === placeOf(desired.object.metadata));
        if (found === undefined || found.metadata.deletionTimestamp !== undefined) return false;
        return update === "onDelete" || isAsDesired(desired, found, { names, applied, inventory });
      },
    };
    // The views hold objects as the API server sent them, which have the types of their kinds.
    return request as unknown as Omit<AnyRequest, "signal">;
  }

  /** @throws InvalidParent */
  async #validate(): Promise<void> {
    const { validate } = this.#setting.operator;
    if (this.#parent.deleting || validate === undefined) return;
    const problems = await attempt("validate", () => validate(structuredClone(this.#place.parent)));
    if (!Array.isArray(problems)) throw new InvalidResult("validate(): expected a list of problems");
    if (problems.length > 0) throw new InvalidParent(problems.map(String).join("; "));
  }

  #childrenIn({ labelled }: Observed): Children {
    const { parent } = this.#place;
    const inventory = this.#parent.record.children;
    return new Map(
      [...labelled].map(([as, objects]) => [as, objects.filter((object) => isChild(object, { parent, inventory }))]),
    );
  }

  async #act(called: Called): Promise<StageReply> {
    const { actions } = called;
    if (actions.every(({ step }) => step === undefined))
      return await this.#conclude(called, { results: actions.map(resultOf), changed: false });
    const { kube, names, clock, holder, memory } = this.#setting;
    const { performed, results, error, changed, applied } = await carryOut({
      kube,
      names,
      place: this.#place,
      stage: this.#stage,
      actions,
      tools: { clock, holder },
      settle: (after) => this.#recordAfter(after),
    });
    const { uid } = this.#parent;
    memory.keep(uid, {
      noted: undefined,
      last: { results, error: error?.message },
      applied: new Map([...this.#stillApplied(called.observed), ...applied]),
    });
    if (performed.kind === "lost") return nothing(performed.why);
    if (performed.kind === "stopped") throw performed.error;
    if (error === undefined) return await this.#conclude(called, { results, changed });
    this.#error = error;
    return await this.failed(results);
  }

  /** What is remembered of the children that exist. */
  #stillApplied({ labelled }: Observed): Iterable<readonly [string, AppliedNote]> {
    const uids = new Set([...labelled.values()].flat().map(({ metadata }) => metadata.uid ?? ""));
    return [...this.#setting.memory.of(this.#parent.uid).applied].filter(([uid]) => uids.has(uid));
  }

  /** A failure is recorded after the status says it. Until then, the one before stays. */
  #recordAfter({ results, changed }: Pick<CarriedOut, "results" | "changed">): SyncRecord {
    const { runs, failure, noted: _noted, ...rest } = recordOf(this.#place.recorded);
    return {
      ...rest,
      runs: changed ? oneMoreRun(this.#parent, this.#setting.clock.now()) : runs,
      failure: results.some(({ outcome }) => outcome === "failed") ? failure : undefined,
      last: { results },
    };
  }

  /** Writes the status; notes that nothing is left to do if no child was changed; lets a finalized parent go. */
  async #conclude(
    { returned, observed, actions }: Called,
    { results, changed }: { readonly results: readonly ChildResult[]; readonly changed: boolean },
  ): Promise<StageReply> {
    const { names, memory } = this.#setting;
    const { uid } = this.#parent;
    const existing = this.#childrenIn(observed);
    const claims = claimsOfSuccess({ actions, results, existing, waiting: returned.waiting, runs: this.#runs() });
    const written = await this.#writeStatus(returned.status, claims.conditions);
    if (written === "lost") return nothing("it changed after it was read");
    memory.keep(uid, { last: { results } });
    this.#report({ results, waiting: claims.waiting });
    if (this.#parent.deleting && returned.finalized && !changed)
      return await release(this.#setting, this.#place.parent, "finalized");
    const noted = changed ? false : await this.#note(returned);
    const told = changed || written === "written" || noted;
    if (!told) return nothing("everything is as it should be");
    return { kind: "fact", fact: names.facts.synced, message: claims.message };
  }

  /** How many syncs in a row changed children, without an edit of the parent. */
  #runs(): number {
    const { runs } = recordOf(this.#place.recorded);
    return runs?.edits === this.#parent.edits ? runs.count : 0;
  }

  /** Notes what was seen, so that nothing is due until it changes. Returns whether that was written to the parent. */
  async #note({ resyncAfterSeconds, finalized }: Returned): Promise<boolean> {
    const { notes, memory, clock, operator } = this.#setting;
    const { uid, edits, deleting } = this.#parent;
    const { failure, ...record } = recordOf(this.#place.recorded);
    const before = memory.of(uid).noted ?? record.noted;
    const waits = deleting && !finalized ? (before?.waits ?? 0) + 1 : undefined;
    const pause = waits === undefined ? undefined : Math.min(operator.retryAtMostSeconds, 2 ** Math.min(waits - 1, 20));
    const seconds = resyncAfterSeconds ?? pause;
    const noted: Noted = {
      stage: this.#stage,
      edits,
      seen: this.#seen,
      ...(seconds === undefined ? {} : { resyncAt: clock.now() + seconds * 1_000 }),
      ...(waits === undefined ? {} : { waits }),
    };
    const writes = failure !== undefined || notes === "record";
    if (writes) await this.#place.write({ ...record, ...(notes === "record" ? { noted } : { noted: undefined }) });
    memory.keep(uid, { noted });
    return writes;
  }

  async #writeStatus(
    given: Returned["status"],
    claims: readonly ConditionClaim[],
  ): Promise<"same" | "written" | "lost"> {
    const { kube, shapes, clock, names } = this.#setting;
    const shape = await shapes();
    const { parent } = this.#place;
    const status = nextStatus(parent, given, { claims, shape, now: clock.now() });
    if (status === undefined) return "same";
    const written = await writeStatus(kube, parent, status, { shape, fieldManager: names.fieldManager });
    if (written === undefined) return "lost";
    this.#place.wrote(written);
    return "written";
  }

  #failureNote(error: OperatorError, message: string): NonNullable<SyncRecord["failure"]> {
    const { clock, operator } = this.#setting;
    const isFinal = error instanceof GiveUp || error instanceof InvalidParent;
    return noteFailure(this.#parent, {
      stage: this.#stage,
      seen: this.#seen,
      error: { name: error.name, message, retryable: !isFinal },
      now: clock.now(),
      atMostSeconds: operator.retryAtMostSeconds,
    });
  }

  #report(became: Pick<SyncReport, "results" | "waiting" | "error" | "thrown">): void {
    const { operator } = this.#setting;
    const { uid, namespace, name } = this.#parent;
    const parent = { ...operator.parent, ...(namespace === undefined ? {} : { namespace }), name, uid };
    this.#setting.synced?.({ operator: operator.name, stage: this.#stage, parent, ...became });
  }

  /** The result; undefined if it failed in a way that is recorded. @throws OperatorError that passes by itself */
  async #try<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (thrown) {
      const error = failureOf(thrown);
      if (isPassing(error)) throw thrown;
      this.#error = error;
      return undefined;
    }
  }
}

export function nothing(why: string): StageReply {
  return { kind: "nothing", why };
}
