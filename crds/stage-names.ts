import type { Kind } from "../kit/kube/port.ts";
import type { StageReply as ReplyOf, StageRequest as RequestOf, StagesOfKind } from "../kit/loop/stage.ts";
import { apiVersion } from "./names.ts";

/** The stages of a plug, in order of priority: if several are due, the first one runs. */
export const plugStages = [
  "plug.adopt",
  "plug.create",
  "plug.decouple",
  "plug.delete",
  "plug.resolve-config",
  "plug.couple",
  "plug.update",
  "plug.template-result",
  "plug.repair",
] as const;

export type PlugStageName = (typeof plugStages)[number];

const plugFacts = [
  "plug.adopted",
  "plug.created",
  "plug.decoupled",
  "plug.deleted",
  "plug.config-resolved",
  "plug.coupled",
  "plug.updated",
  "plug.result-templated",
  "plug.repaired",
  "plug.waiting",
  "plug.failed",
] as const;

export const ofPlugs: StagesOfKind<PlugStageName, (typeof plugFacts)[number]> = {
  object: { apiVersion, kind: "Plug" },
  stages: plugStages,
  facts: plugFacts,
};

/** The stages of a socket. */
export const socketStages = ["socket.create", "socket.sync", "socket.delete"] as const;

export type SocketStageName = (typeof socketStages)[number];

const socketFacts = ["socket.created", "socket.synced", "socket.waiting", "socket.deleted", "socket.failed"] as const;

export const ofSockets: StagesOfKind<SocketStageName, (typeof socketFacts)[number]> = {
  object: { apiVersion, kind: "Socket" },
  stages: socketStages,
  facts: socketFacts,
};

export const ofSnapshots: StagesOfKind<"snapshot.sweep", "snapshot.swept"> = {
  object: { apiVersion: "v1", kind: "Secret" },
  stages: ["snapshot.sweep"],
  facts: ["snapshot.swept"],
};

/** The one stage of a deferred resource. */
export const deferredResourceStage = "deferredresource.resolve";

const deferredResourceFacts = [
  "deferredresource.resolved",
  "deferredresource.waiting",
  "deferredresource.deleted",
  "deferredresource.failed",
] as const;

export const ofDeferredResources: StagesOfKind<typeof deferredResourceStage, (typeof deferredResourceFacts)[number]> = {
  object: { apiVersion, kind: "DeferredResource" },
  stages: [deferredResourceStage],
  facts: deferredResourceFacts,
};

export const ofApparatuses: StagesOfKind<"apparatus.remove", "apparatus.removed"> = {
  object: { apiVersion: "v1", kind: "Pod" },
  stages: ["apparatus.remove"],
  facts: ["apparatus.removed"],
};

/**
 * The names of the stages and facts of each kind.
 * Without rules: a function that runs one stage must not load the rules of every kind.
 */
const kinds: readonly OfKind[] = [ofPlugs, ofSockets, ofSnapshots, ofDeferredResources, ofApparatuses];

type OfKind =
  | typeof ofPlugs
  | typeof ofSockets
  | typeof ofSnapshots
  | typeof ofDeferredResources
  | typeof ofApparatuses;

/** Every stage. */
export type StageName = OfKind["stages"][number];

export const stageNames: readonly StageName[] = kinds.flatMap<StageName>(({ stages }) => stages);

/** What happened, in the past tense. */
export type FactName = OfKind["facts"][number];

export const facts: readonly FactName[] = kinds.flatMap<FactName>((kind) => kind.facts);

/** The format of the events of our stages. */
export const eventFormat: {
  readonly typePrefix: string;
  readonly kindOfStage: { readonly [Stage in StageName]: Kind };
} = { typePrefix: "com.rock8s.integration.", kindOfStage: kindsOfStages() };

function kindsOfStages(): { readonly [Stage in StageName]: Kind } {
  const entries = kinds.flatMap(({ stages, object }) => stages.map((stage) => [stage, object] as const));
  // Each stage belongs to one of the kinds from which all of them come.
  return Object.fromEntries(entries) as { [Stage in StageName]: Kind };
}

/**
 * The name of a function as a DNS label, which Kubernetes and the Functions Framework require: `plug-couple` for
 * `plug.couple`.
 */
export function targetOf(name: string): string {
  return name.replace(".", "-");
}

export type StageRequest = RequestOf<StageName>;

export type StageReply = ReplyOf<FactName>;
