import type { StageName } from "../crds/stage-names.ts";
import type { Stage } from "./stages.ts";

/** How each stage comes to be loaded: its own module with what that needs, and nothing of the others. */
const loaders: { readonly [name in StageName]: () => Promise<Stage> } = {
  "plug.adopt": async () => (await import("./adopt.ts")).adopt,
  "plug.create": async () => (await import("./create.ts")).createPlug,
  "plug.decouple": async () => (await import("./decouple.ts")).decouple,
  "plug.delete": async () => (await import("./delete.ts")).deletePlug,
  "plug.resolve-config": async () => (await import("./resolve-config.ts")).resolveConfig,
  "plug.couple": async () => (await import("./couple.ts")).couple,
  "plug.update": async () => (await import("./update.ts")).update,
  "plug.template-result": async () => (await import("./template-result.ts")).templateResult,
  "plug.repair": async () => (await import("./repair.ts")).repair,
  "socket.create": async () => (await import("./socket-stages.ts")).createSocket,
  "socket.sync": async () => (await import("./socket-stages.ts")).syncSocket,
  "socket.delete": async () => (await import("./socket-stages.ts")).deleteSocket,
  "snapshot.sweep": async () => (await import("./sweep.ts")).sweep,
  "deferredresource.resolve": async () => (await import("./resolve-deferred-resource.ts")).resolveDeferredResource,
  "apparatus.remove": async () => (await import("./remove-apparatus.ts")).removeApparatus,
};

/** One stage, for a process that runs no other: loads its module alone, once. */
export function loadStage(name: StageName): Promise<Stage> {
  return loaders[name]();
}
