import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { targetOf } from "../../crds/stage-names.ts";
import { parseServerless, type Trigger } from "../../eventing/broker/serverless.ts";
import { type Fields, fields, list, number, text } from "../../eventing/broker/serverless-fields.ts";

/** The parts of serverless.yaml that deploying needs. */
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
  /** The name of the function as a DNS label, from `targetOf`. */
  readonly target: string;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly scale: { readonly min: number; readonly max: number };
  readonly triggers: readonly Trigger[];
  readonly environment: { readonly [name: string]: string };
  /** It is deployed only if the values enable it. */
  readonly optional: boolean;
}

/** Verbs by resource, as `kubectl auth can-i --list` names them: `plugs/status.integration.rock8s.com`. */
export type Grants = { readonly [resource: string]: readonly string[] };

export interface Rights {
  /** Rights in every served namespace. */
  readonly served: Grants;
  /** Rights in Plugboard's namespace. */
  readonly operator: Grants;
  /** Further rights if the whole cluster is served. */
  readonly cluster: Grants;
  /** The verbs that it may use as the service account of a plug or socket, in all served namespaces. */
  readonly impersonated: readonly string[];
}

/** Reads the serverless.yaml of this version. */
export function readDescriptor(): Descriptor {
  return parseDescriptor(readFileSync(new URL("../../serverless.yaml", import.meta.url), "utf8"));
}

/** Reads serverless.yaml. @throws InvalidInput naming the field */
function parseDescriptor(written: string): Descriptor {
  const root = fields(load(written), "serverless.yaml");
  const provider = fields(root["provider"], "provider");
  const source = fields(root["source"], "source");
  const described = fields(root["functions"], "functions");
  return {
    source: {
      ...sized(source, provider, "source"),
      replicas: number(source["replicas"], "source.replicas"),
      watchedKinds: texts(source["watchedKinds"], "source.watchedKinds"),
    },
    functions: parseServerless(written).functions.map(({ name, timeoutSeconds, triggers }) => {
      const at = `functions.${name}`;
      const own = fields(described[name], at);
      const scale = { ...fields(provider["scale"], "provider.scale"), ...fields(own["scale"] ?? {}, `${at}.scale`) };
      return {
        ...sized(own, provider, at),
        name,
        target: targetOf(name),
        timeoutSeconds,
        concurrency: number(own["concurrency"] ?? provider["concurrency"], `${at}.concurrency`),
        scale: { min: number(scale["min"], `${at}.scale.min`), max: number(scale["max"], `${at}.scale.max`) },
        triggers,
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
    rights: {
      served: grantsOf("served"),
      operator: grantsOf("operator"),
      cluster: grantsOf("cluster"),
      impersonated: texts(rights["impersonated"] ?? [], `${at}.rights.impersonated`),
    },
  };
}

function environmentOf(value: unknown, at: string): { readonly [name: string]: string } {
  const entries = Object.entries(fields(value, at));
  return Object.fromEntries(entries.map(([name, one]) => [name, text(one, `${at}.${name}`)]));
}

function texts(value: unknown, at: string): readonly string[] {
  return list(value, at).map((one, index) => text(one, `${at}[${index}]`));
}
