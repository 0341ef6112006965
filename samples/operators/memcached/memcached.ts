import { defineOperator, type ObjectOf, type Operator, type RequestOf, steps } from "plugboard/operator";
import type {} from "./memcached.generated.ts";

const kinds = {
  parent: { apiVersion: "cache.example.com/v1alpha1", kind: "Memcached" },
  children: {
    configMaps: { apiVersion: "v1", kind: "ConfigMap" },
    deployments: { apiVersion: "apps/v1", kind: "Deployment" },
    services: { apiVersion: "v1", kind: "Service" },
  },
} as const;
type Memcached = ObjectOf<typeof kinds.parent>;

/** For each Memcached, step by step: its settings, its servers, and the Service when they are ready. */
const memcachedOperator: Operator = defineOperator({
  ...kinds,
  name: "memcached-operator",
  validate: ({ spec }) =>
    spec.size % 2 === 0 ? ["spec.size must be odd, so that the servers can have a majority"] : [],
  sync: steps<RequestOf<typeof kinds>>(
    [
      { name: "settings", children: ({ parent }) => [settings(parent)] },
      { name: "servers", children: ({ parent }) => [deployment(parent)] },
      { name: "address", children: ({ parent }) => [service(parent)] },
    ],
    {
      status: ({ children }, { step, ready }) => ({
        step: step ?? "done",
        stepsReady: ready,
        readyServers: children.deployments.first()?.status?.readyReplicas ?? 0,
      }),
    },
  ),
});
export default memcachedOperator;

function settings({ metadata: { name }, spec }: Memcached) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data: { MEMCACHED_MEMORY_LIMIT: String(spec.memoryMegabytes ?? 64) },
  };
}

function deployment({ metadata: { name }, spec }: Memcached) {
  const labels = { app: name };
  const memory = String(spec.memoryMegabytes ?? 64);
  const container = {
    name: "memcached",
    image: "memcached:1.6",
    args: ["-m", memory],
    ports: [{ containerPort: 11211 }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: spec.size,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function service({ metadata: { name } }: Memcached) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 11211 }] },
  };
}
