import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { parseServerless, type Trigger } from "../../eventing/serverless.ts";
import { InvalidInput } from "../../kit/errors.ts";

/** serverless.yaml, as far as deploying needs it beyond what the broker does. */
export interface Descriptor {
  readonly source: Source;
  readonly functions: readonly DeployedFunction[];
}

export interface Sized {
  readonly memory: string;
  readonly cpu: string;
  readonly rights: Rights;
}

export interface Source extends Sized {
  readonly replicas: number;
  readonly watchedKinds: readonly string[];
}

export interface DeployedFunction extends Sized {
  readonly name: string;
  /** The name where a DNS label is wanted. */
  readonly target: string;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly scale: { readonly min: number; readonly max: number };
  readonly triggers: readonly DescribedTrigger[];
  readonly environment: { readonly [name: string]: string };
  /** Deployed only where it is asked for. */
  readonly optional: boolean;
}

/** As the broker's, with its delay as it is written. */
export interface DescribedTrigger extends Trigger {
  readonly backoffDelay: string;
}

/** Verbs by resource, as `kubectl auth can-i --list` names them: `plugs/status.integration.rock8s.com`. */
export type Grants = { readonly [resource: string]: readonly string[] };

export interface Rights {
  /** In every namespace that is served. */
  readonly served: Grants;
  /** In Plugboard's own. */
  readonly operator: Grants;
  /** Where the whole cluster is served. */
  readonly cluster: Grants;
}

type Fields = { readonly [name: string]: unknown };

/** serverless.yaml as it stands in this tree. */
export function readDescriptor(): Descriptor {
  return parseDescriptor(readFileSync(new URL("../../serverless.yaml", import.meta.url), "utf8"));
}

/** Reads serverless.yaml. @throws InvalidInput naming the field */
export function parseDescriptor(text: string): Descriptor {
  const root = fields(load(text), "serverless.yaml");
  const provider = fields(root["provider"], "provider");
  const source = fields(root["source"], "source");
  const described = fields(root["functions"], "functions");
  return {
    source: {
      ...sized(source, provider, "source"),
      replicas: number(source["replicas"], "source.replicas"),
      watchedKinds: texts(source["watchedKinds"], "source.watchedKinds"),
    },
    functions: parseServerless(text).functions.map(({ name, timeoutSeconds, triggers }) => {
      const at = `functions.${name}`;
      const own = fields(described[name], at);
      const scale = { ...fields(provider["scale"], "provider.scale"), ...fields(own["scale"] ?? {}, `${at}.scale`) };
      return {
        ...sized(own, provider, at),
        name,
        target: name.replace(".", "-"),
        timeoutSeconds,
        concurrency: number(own["concurrency"] ?? provider["concurrency"], `${at}.concurrency`),
        scale: { min: number(scale["min"], `${at}.scale.min`), max: number(scale["max"], `${at}.scale.max`) },
        triggers: triggers.map((trigger, index) => ({ ...trigger, backoffDelay: delayIn(own, index) })),
        environment: environmentOf(own["environment"] ?? {}, `${at}.environment`),
        optional: own["optional"] === true,
      };
    }),
  };
}

function sized(own: Fields, provider: Fields, at: string): Sized {
  const rights = fields(own["rights"], `${at}.rights`);
  const grantsOf = (where: string): Grants => {
    const grants = Object.entries(fields(rights[where] ?? {}, `${at}.rights.${where}`));
    return Object.fromEntries(
      grants.map(([resource, verbs]) => [resource, texts(verbs, `${at}.rights.${where}.${resource}`)]),
    );
  };
  return {
    memory: text(own["memory"] ?? provider["memory"], `${at}.memory`),
    cpu: text(own["cpu"] ?? provider["cpu"], `${at}.cpu`),
    rights: { served: grantsOf("served"), operator: grantsOf("operator"), cluster: grantsOf("cluster") },
  };
}

/** The broker reads it as milliseconds; Knative wants it as it is. */
function delayIn(own: Fields, index: number): string {
  const events = own["events"];
  const event = fields(Array.isArray(events) ? events[index] : undefined, "events");
  return text(fields(fields(event["trigger"], "trigger")["delivery"], "delivery")["backoffDelay"], "backoffDelay");
}

function environmentOf(value: unknown, at: string): { readonly [name: string]: string } {
  const entries = Object.entries(fields(value, at));
  return Object.fromEntries(entries.map(([name, one]) => [name, text(one, `${at}.${name}`)]));
}

function fields(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "a mapping", value);
  return value as Fields;
}

function texts(value: unknown, at: string): readonly string[] {
  if (!Array.isArray(value)) throw wrong(at, "a list", value);
  return value.map((one, index) => text(one, `${at}[${index}]`));
}

function text(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw wrong(at, "a text", value);
  return value;
}

function number(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw wrong(at, "a whole number", value);
  return value;
}

function wrong(at: string, expected: string, found: unknown): InvalidInput {
  return new InvalidInput(`serverless.yaml: ${at}: expected ${expected}, found ${JSON.stringify(found) ?? "nothing"}`);
}
