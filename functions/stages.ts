import { type FactName, type StageName, stageNames } from "../crds/stage-names.ts";
import { shared } from "../kit/shared.ts";
import type { Chain, Stage } from "./stage.ts";

/** The facts about a stage that are known before it is loaded. */
export interface StageEntry {
  /** A phrase that follows the name of the stage. */
  readonly does: string;
  /** The facts that the stage may report. */
  readonly facts: readonly FactName[];
  /** Loads its own module only: a function starts without the other stages. */
  readonly load: () => Promise<Stage>;
}

/** Every stage. All lists of stages are made from this one. */
export const stages: { readonly [name in StageName]: StageEntry } = {
  "plug.adopt": {
    does: "takes over a coupling of integration-operator, or one whose status was lost",
    facts: ["plug.adopted", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/adopt.ts")).adopt,
  },
  "plug.create": {
    does: "adds the finalizer to a plug, calls its `created` hook and applies its `created` resources",
    facts: ["plug.created", "plug.failed"],
    load: async () => (await import("./plug/create.ts")).createPlug,
  },
  "plug.decouple": {
    does: "undoes a coupling",
    facts: ["plug.decoupled", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/decouple.ts")).decouple,
  },
  "plug.delete": {
    does: "applies the `deleted` resources of a plug, deletes its `created` ones and removes the finalizer",
    facts: ["plug.deleted", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/delete.ts")).deletePlug,
  },
  "plug.resolve-config": {
    does: "admits a plug and computes the next revision of its coupling",
    facts: ["plug.config-resolved", "plug.failed"],
    load: async () => (await import("./plug/resolve-config.ts")).resolveConfig,
  },
  "plug.couple": {
    does: "couples a plug to its socket",
    facts: ["plug.coupled", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/couple.ts")).couple,
  },
  "plug.update": {
    does: "brings a coupling to its newest revision",
    facts: ["plug.updated", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/update.ts")).update,
  },
  "plug.template-result": {
    does: "computes the result of a coupling",
    facts: ["plug.result-templated", "plug.waiting", "plug.failed"],
    load: async () => (await import("./plug/template-result.ts")).templateResult,
  },
  "plug.repair": {
    does: "restores objects that another client changed or deleted",
    facts: ["plug.repaired", "plug.failed"],
    load: async () => (await import("./plug/repair.ts")).repair,
  },
  "socket.create": {
    does: "adds the finalizer to a socket, calls its `created` hook and applies its `created` resources",
    facts: ["socket.created", "socket.failed"],
    load: async () => (await import("./socket/create.ts")).createSocket,
  },
  "socket.sync": {
    does: "records the plugs coupled to a socket and grants its places",
    facts: ["socket.synced", "socket.failed"],
    load: async () => (await import("./socket/sync.ts")).syncSocket,
  },
  "socket.delete": {
    does: "applies the `deleted` resources of a socket, deletes its `created` ones and removes the finalizer",
    facts: ["socket.deleted", "socket.waiting", "socket.failed"],
    load: async () => (await import("./socket/delete.ts")).deleteSocket,
  },
  "snapshot.sweep": {
    does: "undoes what is left of an unneeded snapshot and removes it",
    facts: ["snapshot.swept"],
    load: async () => (await import("./snapshot/sweep.ts")).sweep,
  },
  "deferredresource.resolve": {
    does: "applies a deferred resource when it is due and its objects exist",
    facts: [
      "deferredresource.resolved",
      "deferredresource.waiting",
      "deferredresource.deleted",
      "deferredresource.failed",
    ],
    load: async () => (await import("./deferred-resource/resolve.ts")).resolveDeferredResource,
  },
  "apparatus.remove": {
    does: "removes the Pod of an unused apparatus",
    facts: ["apparatus.removed"],
    load: async () => (await import("./apparatus/remove.ts")).removeApparatus,
  },
};

/** One stage, for a process that runs no other. */
export function loadStage(name: StageName): Promise<Stage> {
  return stages[name].load();
}

/** All stages, loaded once, for a process that runs them. */
export const loadStages: () => Promise<ReadonlyMap<StageName, Stage>> = shared(async () => {
  const loaded = stageNames.map(async (name) => [name, await loadStage(name)] as const);
  return new Map(await Promise.all(loaded));
});

/** The chain of a process that runs all stages. */
export function chainOf(loaded: ReadonlyMap<StageName, Stage>): Chain {
  return (name) => {
    const stage = loaded.get(name);
    if (stage === undefined) throw new Error(`no stage ${name} is loaded`);
    return stage;
  };
}
