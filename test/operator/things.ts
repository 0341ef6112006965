import type { KubeObject } from "../../kit/kube/port.ts";
import { defineOperator, type Operator, type OperatorDefinition } from "../../operator/operator.ts";

export const things = { apiVersion: "test.example.com/v1", kind: "Thing" } as const;
export const clusterThings = { apiVersion: "test.example.com/v1", kind: "ClusterThing" } as const;
export const configMaps = { apiVersion: "v1", kind: "ConfigMap" } as const;
export const pods = { apiVersion: "v1", kind: "Pod" } as const;
export const namespace = "shop";

const conditions = { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const fields = {
  conditions,
  observedGeneration: { type: "integer" },
  said: { type: "string" },
  seen: { type: "integer" },
};

export interface CrdOptions {
  /** The fields of the status. Default: all that is written. */
  readonly status?: { readonly [field: string]: unknown };
  readonly subresource?: boolean;
  readonly kind?: "Thing" | "ClusterThing";
}

/** The CRD of a kind that operators of these tests have as parents. */
export function thingCrd({ status = fields, subresource = true, kind = "Thing" }: CrdOptions = {}): KubeObject {
  const plural = `${kind.toLowerCase()}s`;
  const any = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const version = {
    name: "v1",
    served: true,
    storage: true,
    ...(subresource ? { subresources: { status: {} } } : {}),
    schema: {
      openAPIV3Schema: { type: "object", properties: { spec: any, status: { type: "object", properties: status } } },
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.test.example.com` },
    spec: {
      group: "test.example.com",
      scope: kind === "Thing" ? "Namespaced" : "Cluster",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [version],
    },
  };
}

export function thing(name = "a", spec: object = {}): KubeObject {
  return { ...things, metadata: { name, namespace }, spec };
}

export function keyOfThing(name = "a"): typeof things & { readonly namespace: string; readonly name: string } {
  return { ...things, namespace, name };
}

export function configMap(name: string, data: { readonly [key: string]: string } = {}): KubeObject {
  return { ...configMaps, metadata: { name }, data };
}

export function keyOfConfigMap(
  name: string,
  place: string = namespace,
): typeof configMaps & { readonly namespace: string; readonly name: string } {
  return { ...configMaps, namespace: place, name };
}

type Kinds = { readonly configMaps: typeof configMaps };
export type ThingDefinition = OperatorDefinition<typeof things, Kinds>;

/** An operator of Things with ConfigMaps as children. */
export function thingOperator(definition: Partial<ThingDefinition> & Pick<ThingDefinition, "sync">): Operator {
  return defineOperator<typeof things, Kinds>({
    name: "thing-operator",
    parent: things,
    children: { configMaps },
    ...definition,
  });
}

/** The names of the ConfigMaps that a Thing wants, from its spec. */
export function wanted({ spec }: { readonly [field: string]: unknown }): readonly string[] {
  return (spec as { readonly names?: readonly string[] } | undefined)?.names ?? ["one"];
}

/** Makes the ConfigMaps that a Thing names. */
export const makesNamed: ThingDefinition["sync"] = ({ parent }) => ({
  children: wanted(parent).map((name) => configMap(name)),
});

export const label = "thing-operator.test.example.com/parent-uid";
