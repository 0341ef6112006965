import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../kit/clock.ts";

export interface FollowOptions {
  readonly clock: Clock;
  /** Something changed; told once for a burst of changes. */
  readonly changed: () => void;
}

/** How long after a change others are waited for: editors write a file in several steps. */
const burstMilliseconds = 100;

/** Watches files and folders, also through being replaced, as editors do; the returned function ends it. */
export function followFiles(paths: readonly string[], { clock, changed }: FollowOptions): () => void {
  let cancel = (): void => {};
  const soon = (): void => {
    cancel();
    cancel = clock.after(burstMilliseconds, changed);
  };
  const watchers = [...new Set(paths.map(folderOf))].map((folder): FSWatcher => watch(folder, soon).on("error", soon));
  return () => {
    cancel();
    for (const watcher of watchers) watcher.close();
  };
}

/** A file is watched through its folder: its own watch would end when it is replaced. */
function folderOf(path: string): string {
  return statSync(path).isDirectory() ? path : dirname(path);
}
