import type { Kind } from "../kit/kube.ts";
import { apiVersion } from "./names.ts";
import { plugStages, type StageName, socketStages } from "./stage-names.ts";

/** How the events of our stages are written. */
export const eventFormat: {
  readonly typePrefix: string;
  readonly kindOfStage: { readonly [Stage in StageName]: Kind };
} = {
  typePrefix: "com.rock8s.integration.",
  kindOfStage: {
    ...ofEach(plugStages, { apiVersion, kind: "Plug" }),
    ...ofEach(socketStages, { apiVersion, kind: "Socket" }),
    "snapshot.sweep": { apiVersion: "v1", kind: "Secret" },
    "deferredresource.resolve": { apiVersion, kind: "DeferredResource" },
    "apparatus.remove": { apiVersion: "v1", kind: "Pod" },
  },
};

function ofEach<Name extends StageName>(names: readonly Name[], kind: Kind): { readonly [Stage in Name]: Kind } {
  return Object.fromEntries(names.map((name) => [name, kind])) as { [Stage in Name]: Kind };
}
