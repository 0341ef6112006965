import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { apiVersion } from "../../../crds/names.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";

/** One thing a person does, and how long they wait. */
export interface Step {
  readonly apply?: readonly KubeObject[];
  readonly patch?: Target & { readonly body: { readonly [field: string]: unknown } };
  readonly delete?: Target;
}

interface Target {
  /** Absent: ours. */
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** What is to be seen after each step. */
  readonly worlds: readonly SeenWorld[];
}

/** What a person sees of a namespace, by `namespace/Kind/name`. */
export type SeenWorld = { readonly [key: string]: unknown };

const vectors = new URL("../../vectors/parity/", import.meta.url);

function read(file: string): string {
  return readFileSync(fileURLToPath(new URL(file, vectors)), "utf8");
}

/** The recorded scenarios and, for each, the world after each step, as integration-operator left it and we mean to. */
export function recordedScenarios(): readonly Scenario[] {
  const scenarios = loadAll(read("scenarios.yaml"))[0] as readonly Scenario[];
  const expected = JSON.parse(read("expected.json")) as { scenarios: { name: string; worlds: SeenWorld[] }[] };
  return scenarios.map((scenario) => ({
    ...scenario,
    worlds: expected.scenarios.find(({ name }) => name === scenario.name)?.worlds ?? [],
  }));
}

/** Scenarios of our own, each with the world that must follow. */
export function ownScenarios(): readonly Scenario[] {
  const file = readFileSync(new URL("own-scenarios.yaml", import.meta.url), "utf8");
  const scenarios = loadAll(file)[0] as readonly { name: string; steps: (Step & { world: SeenWorld })[] }[];
  return scenarios.map(({ name, steps }) => ({ name, steps, worlds: steps.map(({ world }) => world) }));
}

/** Does what a person does in a step. */
export async function take(kube: Kube, step: Step): Promise<void> {
  for (const object of step.apply ?? []) await kube.apply(object, { fieldManager: "user", force: true });
  if (step.patch !== undefined) await kube.patch({ apiVersion, ...step.patch }, step.patch.body);
  if (step.delete !== undefined) await kube.delete({ apiVersion, ...step.delete });
}

/** The scenario in namespaces of its own, named as the recorder named them: `app` is `<scenario>-app`. */
export function inOwnNamespaces<Part extends { readonly steps: readonly Step[] }>(
  scenario: Part,
  prefix: string,
): Part {
  const rename = (name: unknown): unknown => (name === "app" || name === "db" ? `${prefix}-${name}` : name);
  return JSON.parse(JSON.stringify(scenario), (key, value: unknown) => (key === "namespace" ? rename(value) : value));
}

/** A world as the recorder noted it down: without the namespaces' prefix. */
export function asRecorded(world: SeenWorld, prefix: string): SeenWorld {
  return JSON.parse(JSON.stringify(world).replaceAll(`${prefix}-app`, "app").replaceAll(`${prefix}-db`, "db"));
}

/** What the recorder saw of objects: data of ConfigMaps and Secrets, ports, containers, couplings. */
export function seenWorld(objects: readonly KubeObject[], namespaces: readonly string[]): SeenWorld {
  const seen = objects
    .filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ""))
    .filter(({ kind, metadata }) => !(kind === "ConfigMap" && metadata.name === "kube-root-ca.crt"))
    .map((object) => [`${object.metadata.namespace}/${object.kind}/${object.metadata.name}`, view(object)] as const)
    .filter(([, what]) => what !== undefined);
  return Object.fromEntries(seen);
}

function view(object: KubeObject): unknown {
  // biome-ignore lint/suspicious/noExplicitAny: a recorder's look at objects of any kind
  const { data = {}, spec, status } = object as any;
  switch (object.kind) {
    case "ConfigMap":
      return data;
    case "Secret":
      return Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(String(text), "base64").toString()]),
      );
    case "Service":
      return spec.ports.map((port: { name: string; port: number }) => [port.name, port.port]);
    case "Job":
      return spec.template.spec.containers.map(({ image, env }: { image: string; env: unknown }) => ({ image, env }));
    case "Plug":
      return {
        coupledSocket: status?.coupledSocket?.name ?? null,
        result:
          status?.coupledResult === undefined
            ? null
            : { plug: status.coupledResult.plug ?? {}, socket: status.coupledResult.socket ?? {} },
        coupled: status?.conditions?.find(({ type }: { type: string }) => type === "Coupled")?.status ?? null,
      };
    case "Socket":
      return { plugs: (status?.coupledPlugs ?? []).map(({ name }: { name: string }) => name) };
    default:
      return undefined;
  }
}
