import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import type { DueContext, KindDefinition, Referred, WhatIsDue } from "../../../kit/loop/kind.ts";
import { versionNow } from "../../../kit/loop/references.ts";
import type { StageReply, StageRequest } from "../../../kit/loop/stage.ts";

/** Greets whom a ConfigMap names, on a ConfigMap of its own: the smallest kind that reads, makes and waits. */
export interface Greeting extends KubeObject {
  readonly spec: { readonly from: string; readonly notBefore?: number };
  readonly status?: { readonly generation: number; readonly refs: readonly Referred[] };
}

export const greetings = { apiVersion: "toys.example.com/v1", kind: "Greeting" };
export const greetingKind: KindDefinition<Greeting> = {
  name: "Greeting",
  watched: greetings,
  essential: "always",
  parse: parseGreeting,
  parsed: 100,
  indexes: { uid: ({ metadata }) => [metadata.uid ?? ""] },
  references: ({ status }) => status?.refs ?? [],
  owns: { label: "toys.example.com/greeting", index: "uid" },
  stages: {
    due: greetingDue,
    suspected: ({ status }, hidden) => (status?.refs.some(hidden) ? ["greeting.say"] : []),
    group: (name) => name.slice(0, name.indexOf("/")),
    about: ({ metadata: { uid = "", resourceVersion = "" } }) => ({ uid, resourceVersion, trace: { uid } }),
  },
};

function parseGreeting(object: KubeObject): Greeting {
  const greeting = object as Greeting;
  if (typeof greeting.spec?.from === "string") return greeting;
  throw new TypeError("spec.from: expected the name of a ConfigMap");
}

function greetingDue({ metadata: { generation }, spec, status }: Greeting, { view, now }: DueContext): WhatIsDue {
  if (now < (spec.notBefore ?? 0)) return { due: "nothing", lookAgainAt: spec.notBefore };
  const { refs = [] } = status ?? {};
  const inputs = JSON.stringify([generation, ...refs.map((ref) => versionNow(ref, view.see(ref)))]);
  if (inputs === JSON.stringify([status?.generation, ...refs.map(({ version }) => version)])) return { due: "nothing" };
  return { due: { stage: "greeting.say", inputs, edits: String(generation) } };
}

export async function sayGreeting(kube: Kube, { namespace, name }: StageRequest): Promise<StageReply> {
  const found = await kube.get({ ...greetings, namespace, name });
  if (found === undefined) return { kind: "nothing", why: "it is gone" };
  const [{ metadata, spec }, key] = [parseGreeting(found), { apiVersion: "v1", kind: "ConfigMap", namespace }];
  const read = await kube.get({ ...key, name: spec.from });
  const labels = { "app.kubernetes.io/managed-by": "toys", "toys.example.com/greeting": metadata.uid ?? "" };
  const said = { name: `${name}-said`, namespace, labels };
  const wanted = { ...key, metadata: said, data: { said: `Hello, ${Object(read?.["data"]).whom}` } };
  const made = await kube.apply(wanted, { fieldManager: "toys", force: true });
  const refs = [
    { ...key, name: spec.from, version: read?.metadata.resourceVersion ?? "absent", use: "read" },
    { ...key, name: said.name, version: made.metadata.resourceVersion, use: "made" },
  ];
  await kube.replaceStatus({ ...found, status: { generation: metadata.generation, refs } });
  return { kind: "fact", fact: "greeting.said", message: wanted.data.said };
}
