import { both, each, type Fields, item, type Node, namespace, set, when } from "../blueprint/blueprint.ts";
import { labelsOf, port } from "./container.ts";

const enabled = set("networkPolicy", "enabled");

/**
 * Only the named namespaces may call Plugboard; an empty list admits none.
 * Egress is not limited: no policy can name the API server on all networks.
 * Plugboard checks the addresses of apparatuses itself.
 */
export function networkPolicies(name: string, component: string): readonly Node[] {
  return [
    when(enabled, {
      ...head(`${name}-deny`, "network"),
      spec: { podSelector: { matchLabels: { "app.kubernetes.io/name": "plugboard" } }, policyTypes: ["Ingress"] },
    }),
    when(both(enabled, set("networkPolicy", "metricsNamespaces")), {
      ...head(`${name}-metrics`, component),
      spec: {
        podSelector: { matchLabels: labelsOf(component) },
        policyTypes: ["Ingress"],
        ingress: [{ from: fromNamespaces("metricsNamespaces"), ports: [{ port }] }],
      },
    }),
  ];
}

/** Only Knative may call functions: its brokers, its activator and autoscaler, its gateways. */
export function functionsPolicy(): Node {
  return when(both(enabled, set("networkPolicy", "knativeNamespaces")), {
    ...head("plugboard-functions", "network"),
    spec: {
      podSelector: {
        matchLabels: { "app.kubernetes.io/name": "plugboard" },
        matchExpressions: [{ key: "serving.knative.dev/service", operator: "Exists" }],
      },
      policyTypes: ["Ingress"],
      ingress: [{ from: fromNamespaces("knativeNamespaces") }],
    },
  });
}

function fromNamespaces(which: string): Node {
  return [
    each(["networkPolicy", which], {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": item } },
    }),
  ];
}

function head(name: string, component: string): Fields {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace, labels: labelsOf(component) },
  };
}
