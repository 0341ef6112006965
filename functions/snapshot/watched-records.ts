import { LRUCache } from "lru-cache";
import { type SnapshotHead, snapshotHead } from "../../crds/snapshot/head.ts";
import type { ObjectMeta } from "../../kit/kube/port.ts";

/** What a source in the same process watches of the operator's own Secrets. It may be stale. */
export interface Watched {
  /** The heads of the snapshots made for a plug, by the digest of its name; undefined if they are not watched. */
  readonly heads: (of: string) => readonly SnapshotHead[] | undefined;
  /** Whether a Secret of that name exists; undefined if that is not watched. */
  readonly shows: (name: string) => boolean | undefined;
}

/** The most writes that are remembered: far more than a watch lags behind. */
const rememberedAtMost = 5_000;

/**
 * The operator's own Secrets, as they are watched, and as this process wrote them since.
 * Only the process that leads writes them, so the two together are current.
 */
export class WatchedRecords {
  readonly #watched: Watched;
  /** The snapshots that this process wrote, by the digest of the plug's name; undefined: it removed the snapshot. */
  readonly #heads = new LRUCache<string, Map<string, SnapshotHead | undefined>>({ max: rememberedAtMost });
  readonly #written = new LRUCache<string, true>({ max: rememberedAtMost });

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  wrote(metadata: ObjectMeta): void {
    this.#written.set(metadata.name, true);
    const head = snapshotHead(metadata);
    if (head.of !== "") this.#note(head.of, head.name, head);
  }

  removed(of: string, name: string): void {
    this.#note(of, name, undefined);
  }

  #note(of: string, name: string, head: SnapshotHead | undefined): void {
    this.#heads.set(of, new Map([...(this.#heads.get(of) ?? []), [name, head]]));
  }

  /** The heads of the snapshots made for a plug, by the digest of its name; undefined if they must be read. */
  heads(of: string): readonly SnapshotHead[] | undefined {
    const seen = this.#watched.heads(of);
    if (seen === undefined) return undefined;
    const own = this.#heads.get(of) ?? new Map<string, SnapshotHead | undefined>();
    const shown = new Set(seen.map(({ name }) => name));
    // Written, and not seen: the watch lags behind, or another client deleted it.
    if ([...own].some(([name, head]) => head !== undefined && !shown.has(name))) return undefined;
    return seen.flatMap((head) => {
      if (!own.has(head.name)) return [head];
      const written = own.get(head.name);
      return written === undefined ? [] : [both(head, written)];
    });
  }

  /** Whether no Secret of that name exists. False if that is not known. */
  isAbsent(name: string): boolean {
    return this.#watched.shows(name) === false && !this.#written.has(name);
  }
}

/** A snapshot once finished stays finished. Of two versions, a mark counts if either has it. */
function both(one: SnapshotHead, other: SnapshotHead): SnapshotHead {
  return {
    ...one,
    finishedAt: one.finishedAt ?? other.finishedAt,
    superseded: one.superseded || other.superseded,
    marks: [...new Set([...one.marks, ...other.marks])],
  };
}
