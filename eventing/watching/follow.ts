import type { Clock } from "../../kit/clock.ts";
import { Expired, Forbidden, KindNotServed, type OperatorError } from "../../kit/errors.ts";
import type { Kube, KubeObject, ListQuery, WatchEvent } from "../../kit/kube/port.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Tell } from "../report.ts";

/** Stores the objects of a follow. */
export interface FollowTarget {
  /** The object exists, at this version. The same version again has no effect. */
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** A list is complete: objects that it covers and does not name are gone. */
  retain(listed: ReadonlySet<string>, covers: (namespacedName: string) => boolean): void;
}

/** What to list and watch. */
export type Followed = Omit<ListQuery, "limit" | "continue">;

export interface FollowOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly followed: Followed;
  readonly target: FollowTarget;
  /** After a list is complete, and after every event or change of state. */
  readonly changed: (why: "listed" | "event" | "state") => void;
  /** The longest pause before another attempt to watch a kind that may not be watched. */
  readonly retryMilliseconds: number;
  /**
   * Nothing can be decided without the kind, so no pause is longer than half a minute: from the start, or after it was
   * watched first.
   */
  readonly essential?: "always" | "once watched" | undefined;
}

export type FollowState = "catching up" | "following" | "backing off" | "may not watch" | "stopped";

const pageSize = 500;
const hastyMilliseconds = 1_000;
/** A kube-apiserver that starts answers 403 until it has loaded RBAC, and 404 until it has loaded the CRDs. */
const essentialPauseMilliseconds = 30_000;
const longestPause = Number.POSITIVE_INFINITY;

/**
 * Lists, then watches, and continues from the last version after any failure.
 * After a 410 it lists again and reports only the differences.
 */
export class Follow {
  readonly #options: FollowOptions;
  readonly #abort = new AbortController();
  #state: FollowState = "catching up";
  #version: string | undefined;
  #highWater = -1;
  #failures = 0;
  #refusals = 0;
  #listed = false;
  #everListed = false;
  #downSince: number | undefined;
  #wake: () => void = () => {};
  #ended: Promise<void> = Promise.resolve();

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  get state(): FollowState {
    return this.#state;
  }

  /** Whether it has seen everything up to its high-water mark. */
  get synced(): boolean {
    return this.#listed;
  }

  /** The resourceVersion up to which everything was seen. */
  get highWater(): number {
    return this.#highWater;
  }

  /**
   * Since when an essential kind is not watched, in milliseconds since the epoch; undefined while it is watched, and
   * for other kinds.
   */
  get downSince(): number | undefined {
    return this.#isEssential ? this.#downSince : undefined;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Ends a pause: tries again at once. */
  wake(): void {
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#listAndWatch();
      } catch (error) {
        if (!this.#abort.signal.aborted) await this.#recover(error);
      }
    }
    this.#enter("stopped");
  }

  async #listAndWatch(): Promise<void> {
    const { kube, clock, followed } = this.#options;
    if (this.#version === undefined) await this.#list();
    this.#enter("following");
    const begun = clock.now();
    let events = 0;
    const resourceVersion = this.#version ?? "";
    let cancel = (): void => {};
    const opened = (): void => {
      this.#downSince = undefined;
      this.#refusals = 0;
      // A watch that ends as soon as it was opened is opened again after a pause.
      cancel = clock.after(hastyMilliseconds, () => {
        this.#failures = 0;
      });
    };
    try {
      for await (const event of kube.watch({ ...followed, resourceVersion, signal: this.#abort.signal, opened })) {
        if (this.#abort.signal.aborted) return;
        events += 1;
        this.#failures = 0;
        this.#take(event);
      }
    } finally {
      cancel();
    }
    if (events === 0 && clock.now() - begun < hastyMilliseconds) await this.#backOff();
  }

  async #list(): Promise<void> {
    const { kube, followed, target, tell } = this.#options;
    const listed = new Set<string>();
    let page = await kube.list({ ...followed, limit: pageSize });
    for (;;) {
      for (const object of page.items) {
        listed.add(namespacedName(object.metadata));
        target.put(object);
      }
      if (page.continue === undefined) break;
      page = await kube.list({ ...followed, limit: pageSize, continue: page.continue });
    }
    target.retain(listed, covering(followed));
    this.#see(page.resourceVersion);
    if (!this.#listed) tell({ kind: "watching", apiVersion: followed.apiVersion, watched: followed.kind });
    this.#listed = true;
    this.#everListed = true;
    this.#options.changed("listed");
  }

  #take(event: WatchEvent): void {
    const { target, changed } = this.#options;
    if (event.type === "BOOKMARK") this.#see(event.resourceVersion);
    else {
      if (event.type === "DELETED") target.remove(event.object);
      else target.put(event.object);
      this.#see(event.object.metadata.resourceVersion ?? "");
    }
    changed("event");
  }

  #see(version: string): void {
    this.#version = version;
    this.#highWater = Math.max(this.#highWater, Number(version));
  }

  async #recover(error: unknown): Promise<void> {
    const { apiVersion, kind: watched } = this.#options.followed;
    this.#downSince ??= this.#options.clock.now();
    if (error instanceof Forbidden || error instanceof KindNotServed) return this.#waitForRight(error);
    this.#options.tell({ kind: "watch lost", apiVersion, watched, error });
    if (error instanceof Expired) this.#version = undefined;
    // A watch that worked until now is tried again at once, and after a pause only if that fails.
    this.#failures += 1;
    if (this.#failures === 1 && this.#listed) return this.#enter("catching up");
    await this.#backOff();
  }

  async #waitForRight(error: OperatorError): Promise<void> {
    const { tell, followed, retryMilliseconds } = this.#options;
    this.#version = undefined;
    this.#listed = false;
    const known = this.#state === "may not watch";
    this.#enter("may not watch");
    if (!known) tell({ kind: "may not watch", apiVersion: followed.apiVersion, watched: followed.kind, error });
    this.#refusals += 1;
    await this.#pause(Math.min(retryMilliseconds, this.#pauseAfter(this.#refusals)));
  }

  #pauseAfter(failures: number): number {
    const { random } = this.#options;
    return Math.min(
      this.#isEssential ? essentialPauseMilliseconds : longestPause,
      backoffMilliseconds(failures, random),
    );
  }

  get #isEssential(): boolean {
    const { essential } = this.#options;
    return essential === "always" || (essential === "once watched" && this.#everListed);
  }

  async #backOff(): Promise<void> {
    this.#enter("backing off");
    await this.#pause(this.#pauseAfter(this.#failures));
    this.#enter("catching up");
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #enter(state: FollowState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.changed("state");
  }
}

function covering({ namespace, fieldSelector }: Followed): (name: string) => boolean {
  const only = fieldSelector?.startsWith("metadata.name=") ? fieldSelector.slice("metadata.name=".length) : undefined;
  return (name) =>
    (namespace === undefined || name.startsWith(`${namespace}/`)) && (only === undefined || name.endsWith(`/${only}`));
}

export type FollowingOptions = FollowOptions & {
  /** Absent: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
};

/** Follows one kind: in one watch, or in one watch for each of its namespaces. */
export class Following {
  readonly #byNamespace: ReadonlyMap<string, Follow>;

  constructor(options: FollowingOptions) {
    const { namespaces, followed } = options;
    const parts =
      namespaces === undefined ? [["", followed] as const] : namespaces.map((name) => restricted(name, followed));
    this.#byNamespace = new Map(parts.map(([name, part]) => [name, new Follow({ ...options, followed: part })]));
  }

  start(): void {
    for (const follow of this.#byNamespace.values()) follow.start();
  }

  /** Tries again at once to watch what it may not watch. */
  wake(): void {
    for (const follow of this.#byNamespace.values()) if (follow.state === "may not watch") follow.wake();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byNamespace.values()].map((follow) => follow.stop()));
  }

  /** Whether all existing objects have been read. */
  get synced(): boolean {
    return this.#every((follow) => follow.synced);
  }

  /** Whether all objects that it may read have been read. */
  get settled(): boolean {
    return this.#every((follow) => follow.synced || follow.state === "may not watch");
  }

  /** Whether it is reading changes that it missed. */
  get busy(): boolean {
    return this.#some("catching up");
  }

  /** Whether a part of the kind may not be watched. */
  get refused(): boolean {
    return this.#some("may not watch");
  }

  /** Since when a part of an essential kind is not watched, in milliseconds since the epoch. */
  get downSince(): number | undefined {
    const times = [...this.#byNamespace.values()].map(({ downSince }) => downSince).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The resourceVersion up to which everything in the namespace was seen; undefined if it is not watched (yet). */
  highWater(namespace: string): number | undefined {
    const follow = this.#byNamespace.get("") ?? this.#byNamespace.get(namespace);
    return follow?.synced ? follow.highWater : undefined;
  }

  #every(claim: (follow: Follow) => boolean): boolean {
    return [...this.#byNamespace.values()].every(claim);
  }

  #some(state: FollowState): boolean {
    return [...this.#byNamespace.values()].some((follow) => follow.state === state);
  }
}

function restricted(name: string, followed: Followed): readonly [string, Followed] {
  const cluster = followed.apiVersion === "v1" && followed.kind === "Namespace";
  return [name, cluster ? { ...followed, fieldSelector: `metadata.name=${name}` } : { ...followed, namespace: name }];
}
