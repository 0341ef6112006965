import type { Clock } from "../../kit/clock.ts";
import { everyObject } from "../../kit/kube/every-object.ts";
import type { ObjectKey } from "../../kit/kube/port.ts";
import { namesOf } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { type RunningOperator, type StartOptions, startOperator } from "../loop/start.ts";
import { isPassing } from "../sync/carry-out.ts";
import { restlessFrom } from "../sync/due.ts";
import { parseParent } from "../sync/parent.ts";
import type { WorldFaults } from "./faults.ts";
import type { HandClock } from "./hand-clock.ts";

export interface ProcessOptions extends Pick<StartOptions, "kube" | "caughtUp" | "sent" | "synced"> {
  readonly clock: Clock | HandClock;
}

/** Real time after which a handler counts as slow. */
const patienceMilliseconds = 100;

/** A parent whose children are changed again and again. */
export interface Restless {
  readonly operator: Operator;
  readonly parent: ObjectKey & { readonly uid: string };
  readonly runs: number;
}

/** The operators of a world, each in one process after another. */
export class Processes {
  readonly #operators: readonly Operator[];
  readonly #options: ProcessOptions;
  #running: readonly RunningOperator[] = [];
  #generation = 0;
  #bugs: unknown[] = [];

  constructor(operators: readonly Operator[], options: ProcessOptions) {
    this.#operators = operators;
    this.#options = options;
  }

  /** Starts a process for each operator; one that ran before counts as its dead predecessor. */
  async start(): Promise<void> {
    this.#generation += 1;
    const before = this.#generation - 1;
    this.#running = await Promise.all(
      this.#operators.map((operator) =>
        startOperator(operator, {
          ...this.#options,
          holder: `testkit-${this.#generation}`,
          formerHolder: before === 0 ? undefined : `testkit-${before}`,
          random: () => 1,
          unexpected: (error) => this.#bugs.push(error),
        }),
      ),
    );
  }

  /** Resolves when nothing is due; starts new processes for killed ones. @throws an error that is a bug */
  async settled(faults: WorldFaults): Promise<void> {
    for (;;) {
      await this.#restOrDeath(faults);
      const [bug] = this.#bugs;
      if (bug !== undefined) throw bug;
      if (!faults.killed) {
        faults.takeKilled();
        return;
      }
      await this.stop();
      faults.takeKilled();
      await this.start();
    }
  }

  /**
   * Killed processes come to rest only because nothing they ask succeeds: they are not waited for.
   * While a handler takes long, the time of a cluster in memory goes on: it may hang until its time is over.
   */
  async #restOrDeath(faults: WorldFaults): Promise<void> {
    const { clock } = this.#options;
    let rests = false;
    void Promise.all(this.#running.map(({ source }) => source.settled())).then(() => {
      rests = true;
    });
    const begun = performance.now();
    while (!rests && !faults.killed) {
      await new Promise((resolve) => setImmediate(resolve));
      if (performance.now() - begun < patienceMilliseconds) continue;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if ("advance" in clock) await clock.advance(100);
    }
  }

  /** Whether something is retried after an error that passes by itself. */
  retries(): boolean {
    return this.#running.some(({ source }) =>
      source.waiting().some(({ lastError }) => lastError === undefined || isPassing(lastError)),
    );
  }

  /** The parents whose children keep changing. */
  async restless(): Promise<readonly Restless[]> {
    const found = await Promise.all(this.#running.map((running) => this.#restlessOf(running)));
    return found.flat();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.stop()));
    this.#running = [];
  }

  async #restlessOf({ operator, memory }: RunningOperator): Promise<readonly Restless[]> {
    const names = namesOf(operator);
    const parents = await everyObject(this.#options.kube, operator.parent);
    return parents.flatMap((object): readonly Restless[] => {
      const { uid, namespace, name, record, edits, deleting } = parseParent(object, names);
      const { runs } = record;
      const isRestless = runs !== undefined && runs.edits === edits && runs.count >= restlessFrom && !deleting;
      if (!isRestless || memory.of(uid).noted !== undefined) return [];
      const key = { ...operator.parent, ...(namespace === undefined ? {} : { namespace }), name };
      return [{ operator, parent: { ...key, uid }, runs: runs.count }];
    });
  }
}
