import type { View } from "../../kit/loop/kind.ts";
import { namespacedName } from "../../kit/loop/subject.ts";
import { kindNames } from "../due/kind-names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import { snapshotsOf, unnamedSocket } from "../snapshot/head.ts";

/** Every plug that names the socket or is coupled to it, as last watched, reduced to what a census needs. */
export function plugsAt(view: View, socket: { readonly namespace: string; readonly name: string }): readonly Plug[] {
  const plugs = view.of(kindNames.plug);
  return plugs.by("socket", namespacedName(socket)).flatMap((name) => plugs.card(name)?.plug ?? []);
}

/**
 * The uids of the plugs whose coupling to the socket an unfinished snapshot records, as last watched; undefined while
 * that is not known.
 */
export function recordedAt(
  view: View,
  socket: { readonly namespace: string; readonly name: string },
): ReadonlySet<string> | undefined {
  const snapshots = view.of(kindNames.snapshot);
  if (!snapshots.synced) return undefined;
  const names = [snapshotsOf(socket), unnamedSocket].flatMap((digest) => snapshots.by("socket", digest));
  return new Set(names.flatMap((name) => snapshots.get(name)?.head.plugUid ?? []));
}
