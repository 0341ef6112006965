import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import echoOperator from "../../../samples/operators/echo-server/echo-server.ts";
import memcachedOperator from "../../../samples/operators/memcached/memcached.ts";
import tempNamespaceOperator from "../../../samples/operators/temp-namespace/temp-namespace.ts";
import type { Act, Scenario } from "./lives.ts";

const namespace = "shop";

function apply(...objects: readonly KubeObject[]): Act {
  return ({ cluster }) => cluster.load(objects, "user");
}

function remove(key: ObjectKey): Act {
  return ({ cluster }) => cluster.kube.delete(key);
}

function patch(key: ObjectKey, fields: { readonly [field: string]: unknown }): Act {
  return ({ cluster }) => cluster.kube.patch(key, fields);
}

/** What controllers and kubelets do: everything runs. */
const everythingRuns: Act = async ({ cluster }) => {
  for (const object of cluster.objects()) {
    const { apiVersion, kind, metadata } = object;
    const status = runningStatus(object);
    const { name, namespace: place = "" } = metadata;
    if (status !== undefined)
      await cluster.kube.replaceStatus({ apiVersion, kind, metadata: { name, namespace: place }, status });
  }
};

function runningStatus({ kind, metadata, ...fields }: KubeObject): object | undefined {
  if (kind === "Pod") return { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  if (kind !== "Deployment") return undefined;
  const { replicas } = fields["spec"] as { readonly replicas: number };
  return { observedGeneration: metadata.generation, replicas, readyReplicas: replicas, updatedReplicas: replicas };
}

export function echoServer(name: string, spec: object = {}): KubeObject {
  return { apiVersion: "example.com/v1alpha1", kind: "EchoServer", metadata: { name, namespace }, spec };
}

export function memcached(name: string, spec: object): KubeObject {
  return { apiVersion: "cache.example.com/v1alpha1", kind: "Memcached", metadata: { name, namespace }, spec };
}

export function tempNamespace(name: string, spec: object): KubeObject {
  return { apiVersion: "example.com/v1alpha1", kind: "TempNamespace", metadata: { name }, spec };
}

export const echoServers: Scenario = {
  name: "echo-server",
  operator: echoOperator,
  crd: "samples/operators/echo-server/crd.yaml",
  acts: [
    apply(echoServer("one"), echoServer("two", { text: "two" })),
    everythingRuns,
    apply(echoServer("one", { text: "changed", port: 90 })),
    remove({ apiVersion: "v1", kind: "Service", namespace, name: "two" }),
    patch({ apiVersion: "v1", kind: "Service", namespace, name: "one" }, { spec: { ports: [{ port: 1 }] } }),
    patch(
      { apiVersion: "v1", kind: "Service", namespace, name: "one" },
      { metadata: { labels: { "echo-operator.example.com/parent-uid": null } } },
    ),
    remove({ apiVersion: "example.com/v1alpha1", kind: "EchoServer", namespace, name: "two" }),
  ],
};

export const tempNamespaces: Scenario = {
  name: "temp-namespace",
  operator: tempNamespaceOperator,
  crd: "samples/operators/temp-namespace/crd.yaml",
  acts: [
    apply(tempNamespace("preview", { lifetimeSeconds: 20_000 }), tempNamespace("test", { lifetimeSeconds: 900_000 })),
    apply(tempNamespace("preview", { lifetimeSeconds: 20_000, labels: { team: "blue" } })),
    patch({ apiVersion: "v1", kind: "Namespace", name: "preview" }, { metadata: { labels: { team: "red" } } }),
    ({ clock }) => clock.advance(20_000_000),
    remove({ apiVersion: "example.com/v1alpha1", kind: "TempNamespace", name: "test" }),
  ],
};

export const memcacheds: Scenario = {
  name: "memcached",
  operator: memcachedOperator,
  crd: "samples/operators/memcached/crd.yaml",
  acts: [
    apply(memcached("cache", { size: 3 })),
    everythingRuns,
    apply(memcached("cache", { size: 5, memoryMegabytes: 128 })),
    apply(memcached("cache", { size: 4, memoryMegabytes: 128 })),
    apply(memcached("cache", { size: 1, memoryMegabytes: 128 })),
    everythingRuns,
    remove({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "cache" }),
    remove({ apiVersion: "cache.example.com/v1alpha1", kind: "Memcached", namespace, name: "cache" }),
  ],
};
