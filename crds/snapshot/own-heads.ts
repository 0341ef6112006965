import type { Plug } from "../plug/plug.generated.ts";
import type { SnapshotHead } from "./head.ts";

interface Observed {
  readonly plug: Plug;
  readonly heads?: readonly SnapshotHead[] | undefined;
}

/** The snapshots of this very plug, also those of couplings that have ended. */
export function ownHeads({ plug, heads = [] }: Observed): readonly SnapshotHead[] {
  return heads.filter(({ plugUid }) => plugUid === plug.metadata.uid);
}

/** Whether Plugboard has coupled the plug, whatever its status says. */
export function wasOurs(observed: Observed): boolean {
  return ownHeads(observed).length > 0;
}
