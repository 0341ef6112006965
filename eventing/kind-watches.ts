import type { PlugRef } from "../crds/generated/plug.ts";
import { type Sight, unknown } from "../crds/references.ts";
import { KindWatch, type KindWatchOptions, type WatchScope } from "./kind-watch.ts";
import { type KindUse, kindOf } from "./ref-index.ts";

/** Kinds that anything may read, whether or not it does now. */
const always: readonly string[] = ["v1/Secret", "v1/ConfigMap"];

/** One watch of metadata for every kind that plugs have to do with; opened when it is needed, closed when it is not any more. */
export class KindWatches {
  readonly #options: KindWatchOptions;
  readonly #useOf: (kind: string) => KindUse;
  readonly #watches = new Map<string, KindWatch>();
  /** Watches that are to replace a narrower one, until they have seen everything. */
  readonly #successors = new Map<string, KindWatch>();
  readonly #unused = new Set<string>();
  #stopped = false;

  constructor(
    options: Omit<KindWatchOptions, "changed"> & {
      readonly changed: () => void;
      readonly listed: (kind: string) => void;
    },
    useOf: (kind: string) => KindUse,
  ) {
    this.#useOf = useOf;
    this.#options = {
      ...options,
      changed: (kind, why) => {
        if (why === "listed") this.#succeed(kind);
        if (why === "listed") options.listed(kind);
        options.changed();
      },
    };
  }

  start(): void {
    for (const kind of always) this.#open(kind, "all");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#all().map((watch) => watch.stop()));
  }

  /** What is known of the object of a reference. */
  see(ref: PlugRef): Sight {
    return this.#watches.get(kindOf(ref))?.see(ref) ?? unknown;
  }

  /** Whether changes of a referred object can only be found by asking. */
  refused(ref: PlugRef): boolean {
    return this.#watches.get(kindOf(ref))?.refused ?? false;
  }

  /** Whether there is an object of that name, as far as its kind's watch shows. */
  shows(kind: string, name: string): boolean {
    return this.#watches.get(kind)?.has(name) ?? false;
  }

  /** The kinds that may not be watched. */
  get refusedKinds(): readonly string[] {
    return [...this.#watches].filter(([, watch]) => watch.refused).map(([kind]) => kind);
  }

  /** Whether all that was referred to so far has been seen, as far as it may be. */
  get settled(): boolean {
    return always.every((kind) => this.#watches.get(kind)?.settled) && !this.busy;
  }

  get busy(): boolean {
    return this.#all().some((watch) => watch.busy);
  }

  /** Opens what the use of a kind asks for. */
  use(kind: string): void {
    if (this.#stopped || always.includes(kind)) return;
    const { applied, read } = this.#useOf(kind);
    if (applied + read === 0) return;
    this.#unused.delete(kind);
    const watch = this.#watches.get(kind);
    const scope: WatchScope = read > 0 ? "all" : "ours";
    if (watch === undefined) this.#open(kind, scope);
    else if (scope === "all" && watch.scope === "ours" && !this.#successors.has(kind)) this.#widen(kind);
  }

  /** Closes what was unused for a whole resync, and looks again at what no watch shows. */
  resync(): void {
    for (const [kind, watch] of this.#watches) {
      watch.refresh();
      const { applied, read } = this.#useOf(kind);
      if (applied + read > 0 || always.includes(kind)) this.#unused.delete(kind);
      else if (this.#unused.delete(kind)) this.#close(kind);
      else this.#unused.add(kind);
    }
  }

  /** Tries again what could not be watched: a CRD may have brought its kind. */
  wake(): void {
    for (const watch of this.#all()) watch.wake();
  }

  #open(kind: string, scope: WatchScope): void {
    const watch = new KindWatch(kind, scope, this.#options);
    this.#watches.set(kind, watch);
    watch.start();
  }

  #widen(kind: string): void {
    const watch = new KindWatch(kind, "all", this.#options);
    this.#successors.set(kind, watch);
    watch.start();
  }

  #succeed(kind: string): void {
    const successor = this.#successors.get(kind);
    if (!successor?.synced) return;
    this.#successors.delete(kind);
    void this.#watches.get(kind)?.stop();
    this.#watches.set(kind, successor);
  }

  #close(kind: string): void {
    for (const watches of [this.#watches, this.#successors]) {
      void watches.get(kind)?.stop();
      watches.delete(kind);
    }
  }

  #all(): readonly KindWatch[] {
    return [...this.#watches.values(), ...this.#successors.values()];
  }
}
