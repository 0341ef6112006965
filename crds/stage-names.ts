import type { Kind } from "../kit/kube/port.ts";
import type { StageReply as ReplyOf, StageRequest as RequestOf } from "../kit/loop/stage.ts";
import { ofApparatuses } from "./apparatus/stages.ts";
import { ofDeferredResources } from "./deferred-resource/stages.ts";
import { ofPlugs } from "./plug/stages.ts";
import { ofSnapshots } from "./snapshot/stages.ts";
import { ofSockets } from "./socket/stages.ts";

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
