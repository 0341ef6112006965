import { type Fields, type Node, namespace, set, value, when } from "../blueprint/blueprint.ts";
import {
  confined,
  environment,
  image,
  imagePullSecrets,
  labelsOf,
  loopEnvironment,
  port,
  probes,
} from "./container.ts";

/** A Deployment that always runs, with one working instance. */
export interface LeaderDeployment {
  readonly name: string;
  readonly account: string;
  readonly component: string;
  readonly command: readonly Node[];
  readonly environment: readonly Node[];
}

/** The Deployment, its PodDisruptionBudget, and the Service for its metrics. */
export function leaderDeployment(of: LeaderDeployment): readonly Node[] {
  const labels = labelsOf(of.component);
  const metadata = { name: of.name, namespace, labels };
  const selector = { matchLabels: labels };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: value("config", "replicas"),
        strategy: { type: value("config", "updateStrategy") },
        selector,
        template: { metadata: { labels }, spec: podSpec(of, selector) },
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: 1, selector },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, name: `${of.name}-metrics` },
      spec: { selector: labels, ports: [{ name: "metrics", port, targetPort: "http" }] },
    },
  ];
}

function podSpec({ account, command, environment: own }: LeaderDeployment, selector: Fields): Fields {
  return {
    serviceAccountName: account,
    enableServiceLinks: false,
    // Longer than the time that running stages and the release of the Lease take.
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: selector,
    })),
    imagePullSecrets,
    nodeSelector: when(set("config", "nodeSelector"), value("config", "nodeSelector")),
    tolerations: when(set("config", "tolerations"), value("config", "tolerations")),
    containers: [
      {
        name: "plugboard",
        image,
        imagePullPolicy: value("config", "imagePullPolicy"),
        args: command,
        env: environment([...loopEnvironment, ...own]),
        ports: [{ name: "http", containerPort: port }],
        resources: value("config", "plugboard", "resources"),
        securityContext: confined,
        ...probes({ port: "http" }),
      },
    ],
  };
}
