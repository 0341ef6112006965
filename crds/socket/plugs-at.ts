import type { View } from "../../kit/kind.ts";
import { namespacedName } from "../../kit/subject.ts";
import type { Plug } from "../generated/plug.ts";
import { kindNames } from "../kind-names.ts";

/** Every plug that points at the socket or is coupled to it, as last watched: what a census needs of them. */
export function plugsAt(view: View, socket: { readonly namespace: string; readonly name: string }): readonly Plug[] {
  const plugs = view.of(kindNames.plug);
  return plugs.by("socket", namespacedName(socket)).flatMap((name) => plugs.card(name)?.plug ?? []);
}
