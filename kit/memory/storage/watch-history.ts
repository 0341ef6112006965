import type { Clock } from "../../clock.ts";
import { Expired, type OperatorError } from "../../errors.ts";
import type { KubeObject, WatchEvent } from "../../kube/port.ts";
import type { Selector } from "../requests/selectors.ts";
import type { Change, Store } from "./store.ts";

/** The query of a watch. */
export interface Watched {
  readonly resource: string;
  readonly selects: Selector;
  /** Converts an object to the form that this watch receives. */
  readonly show: (object: KubeObject) => KubeObject;
  readonly resourceVersion: number;
  readonly signal: AbortSignal;
}

interface Watcher {
  readonly watched: Watched;
  readonly queue: WatchEvent[];
  wake: () => void;
  /** Whether the watch has received every change and waits for more. */
  waits: boolean;
  ended: { readonly error: OperatorError | undefined } | undefined;
}

interface Log {
  changes: Change[];
  /** Changes up to this version are no longer kept. */
  forgotten: number;
}

/** The recent changes, and the open watches. */
export class WatchHistory {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #kept: number;
  readonly #bookmarkMilliseconds: number;
  readonly #logs = new Map<string, Log>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  #forgotten = 0;

  constructor(
    store: Store,
    options: { readonly clock: Clock; readonly kept: number; readonly bookmarkMilliseconds: number },
  ) {
    this.#store = store;
    this.#clock = options.clock;
    this.#kept = options.kept;
    this.#bookmarkMilliseconds = options.bookmarkMilliseconds;
    store.onChange((change) => this.#record(change));
  }

  /** The number of open watches. */
  get open(): number {
    return [...this.#watchers.values()].reduce((sum, watchers) => sum + watchers.size, 0);
  }

  /** Whether every watch has received all its changes. */
  get quiet(): boolean {
    return [...this.#watchers.values()].every((watchers) => [...watchers].every(({ waits }) => waits));
  }

  /** Forgets all changes until now: a watch from an earlier version gets Expired. */
  compact(): void {
    this.#forgotten = this.#store.version;
    this.#logs.clear();
  }

  /** Whether all changes after a version are still kept. */
  remembers(resource: string, version: number): boolean {
    return version >= Math.max(this.#forgotten, this.#logs.get(resource)?.forgotten ?? 0);
  }

  /** Sends every open watch a bookmark. */
  bookmark(): void {
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) this.#bookmark(watcher);
  }

  /** Ends the watches of a resource, or all; with the error, if given. Returns their number. */
  drop(resource: string | undefined, error?: OperatorError): number {
    const among =
      resource === undefined ? [...this.#watchers.values()] : [this.#watchers.get(resource) ?? new Set<Watcher>()];
    const dropped = among.flatMap((watchers) => [...watchers]);
    for (const watcher of dropped) end(watcher, error);
    return dropped.length;
  }

  /** The changes after a version, and all later ones. @throws Expired */
  async *watch(watched: Watched): AsyncGenerator<WatchEvent> {
    if (watched.signal.aborted) return;
    const watcher = this.#start(watched);
    const abort = (): void => end(watcher);
    watched.signal.addEventListener("abort", abort, { once: true });
    const stopBookmarks = this.#bookmarkRegularly(watcher);
    try {
      yield* delivered(watcher);
    } finally {
      watched.signal.removeEventListener("abort", abort);
      stopBookmarks();
      this.#watchers.get(watched.resource)?.delete(watcher);
    }
  }

  #start(watched: Watched): Watcher {
    const { resource, resourceVersion } = watched;
    if (resourceVersion > 0 && !this.remembers(resource, resourceVersion)) {
      const oldest = Math.max(this.#forgotten, this.#logs.get(resource)?.forgotten ?? 0);
      throw new Expired(`too old resource version: ${resourceVersion} (${oldest})`);
    }
    const watcher: Watcher = { watched, queue: [], wake: () => {}, waits: false, ended: undefined };
    for (const event of this.#backlog(watched)) watcher.queue.push(event);
    const watchers = this.#watchers.get(resource) ?? new Set<Watcher>();
    this.#watchers.set(resource, watchers.add(watcher));
    return watcher;
  }

  #backlog({ resource, resourceVersion, selects, show }: Watched): readonly WatchEvent[] {
    if (resourceVersion === 0) {
      const present = this.#store.list(resource).filter(selects);
      return present.map((object) => ({ type: "ADDED", object: show(object) }));
    }
    const changes = this.#logs.get(resource)?.changes ?? [];
    return changes.slice(firstAfter(changes, resourceVersion)).flatMap((change) => seen(change, selects, show));
  }

  #record(change: Change): void {
    const log = this.#logs.get(change.resource) ?? { changes: [], forgotten: 0 };
    this.#logs.set(change.resource, log);
    log.changes.push(change);
    if (log.changes.length > this.#kept * 2) {
      const dropped = log.changes.splice(0, log.changes.length - this.#kept);
      log.forgotten = dropped.at(-1)?.version ?? log.forgotten;
    }
    for (const watcher of this.#watchers.get(change.resource) ?? []) {
      const { selects, show } = watcher.watched;
      for (const event of seen(change, selects, show)) send(watcher, event);
    }
  }

  #bookmark(watcher: Watcher): void {
    send(watcher, { type: "BOOKMARK", resourceVersion: String(this.#store.version) });
  }

  #bookmarkRegularly(watcher: Watcher): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.#clock.after(this.#bookmarkMilliseconds, () => {
        this.#bookmark(watcher);
        again();
      });
    };
    again();
    return () => cancel();
  }
}

async function* delivered(watcher: Watcher): AsyncGenerator<WatchEvent> {
  for (;;) {
    if (watcher.watched.signal.aborted) return;
    if (watcher.ended?.error !== undefined) throw watcher.ended.error;
    const event = watcher.ended === undefined ? watcher.queue.shift() : undefined;
    if (event !== undefined) {
      yield event;
      continue;
    }
    if (watcher.ended !== undefined) return;
    watcher.waits = true;
    await new Promise<void>((resolve) => {
      watcher.wake = resolve;
    });
  }
}

function send(watcher: Watcher, event: WatchEvent): void {
  watcher.queue.push(event);
  watcher.waits = false;
  watcher.wake();
}

function end(watcher: Watcher, error?: OperatorError): void {
  watcher.ended = { error };
  watcher.wake();
}

/** The events of a change for a selector. An object that begins to match is added; one that ceases to, deleted. */
function seen(change: Change, selects: Selector, show: (object: KubeObject) => KubeObject): readonly WatchEvent[] {
  const { object, previous } = change;
  const matched = previous !== undefined && selects(previous);
  const matches = change.type !== "DELETED" && selects(object);
  if (matched && matches) return [{ type: "MODIFIED", object: show(object) }];
  if (matches) return [{ type: "ADDED", object: show(object) }];
  return matched
    ? [{ type: "DELETED", object: show(change.type === "DELETED" ? object : departed(previous, object)) }]
    : [];
}

/** The object for the event if it ceases to match: its last version that matched, with the new resourceVersion. */
function departed(previous: KubeObject, object: KubeObject): KubeObject {
  const { resourceVersion } = object.metadata;
  return {
    ...previous,
    metadata: { ...previous.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
}

function firstAfter(changes: readonly Change[], version: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low;
}
