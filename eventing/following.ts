import { Follow, type Followed, type FollowOptions, type FollowState } from "./follow.ts";

export type FollowingOptions = FollowOptions & {
  /** Absent: everywhere. */
  readonly namespaces: readonly string[] | undefined;
};

/** Follows one kind: in one watch, or in one watch for each of the namespaces it is restricted to. */
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

  /** Tries again at once what it may not watch yet. */
  wake(): void {
    for (const follow of this.#byNamespace.values()) if (follow.state === "may not watch") follow.wake();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byNamespace.values()].map((follow) => follow.stop()));
  }

  /** Whether everything there was has been seen. */
  get synced(): boolean {
    return this.#every((follow) => follow.synced);
  }

  /** Whether all that can be known at the beginning is known. */
  get settled(): boolean {
    return this.#every((follow) => follow.synced || follow.state === "may not watch");
  }

  /** Whether it reads right now what it has missed. */
  get busy(): boolean {
    return this.#some("catching up");
  }

  /** Whether some of it may not be watched. */
  get refused(): boolean {
    return this.#some("may not watch");
  }

  /** Since when some of it is not seen, where it is essential (milliseconds since the epoch). */
  get downSince(): number | undefined {
    const times = [...this.#byNamespace.values()].map(({ downSince }) => downSince).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Up to which resourceVersion everything in the namespace has been seen; undefined where it is not watched (yet). */
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
