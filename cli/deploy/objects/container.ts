import {
  type Condition,
  concatenated,
  each,
  equal,
  type Fields,
  item,
  joined,
  type Node,
  namespace,
  set,
  textOf,
  value,
  when,
} from "../blueprint/blueprint.ts";

/** The image of all containers. */
export const image: Node = concatenated(
  value("images", "plugboard", "repository"),
  ":",
  textOf("images", "plugboard", "tag"),
);

/** The pull secrets of a Pod. */
export const imagePullSecrets: Node = when(set("config", "imagePullSecrets"), [
  each(["config", "imagePullSecrets"], { name: item }),
]);

/** The security context of all containers: no root, a read-only file system, no privileges. */
export const confined: Fields = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** The port of health, metrics and functions. */
export const port = 8080;

/** The environment of a process, with the variables that all our processes have. */
export function environment(own: readonly Node[] = []): readonly Node[] {
  return [
    variable("LOG_LEVEL", when(set("config", "debug"), "debug", value("config", "logLevel"))),
    variable("PLUGBOARD_OPERATOR_NAMESPACE", namespace),
    when(set("config", "namespaces"), variable("PLUGBOARD_NAMESPACES", joined(",", "config", "namespaces"))),
    when(
      set("config", "serveNamespaces"),
      variable("PLUGBOARD_SERVE_NAMESPACES", joined(",", "config", "serveNamespaces")),
    ),
    variable("PLUGBOARD_ADOPT", textOf("config", "adopt")),
    variable("PLUGBOARD_MISSING_VALUES", value("config", "missingValues")),
    ...own,
  ];
}

/** The environment of processes that call apparatuses. */
export const apparatusEnvironment: readonly Node[] = [
  when(
    set("config", "apparatus", "allowHosts"),
    variable("PLUGBOARD_APPARATUS_ALLOW_HOSTS", joined(",", "config", "apparatus", "allowHosts")),
  ),
  variable("PLUGBOARD_APPARATUS_TIMEOUT_SECONDS", textOf("config", "apparatus", "timeoutSeconds")),
];

/** The environment of processes that decide when a stage runs. */
export const loopEnvironment: readonly Node[] = [
  when(
    set("config", "stagesPerNamespace"),
    variable("PLUGBOARD_STAGES_PER_NAMESPACE", textOf("config", "stagesPerNamespace")),
  ),
];

/** A variable of an environment. */
export function variable(name: string, content: Node): Fields {
  return { name, value: content };
}

/** Probes of a Pod; Knative requires them without a port. */
export function probes(at: Fields): Fields {
  const probe = (path: string, more: Fields): Fields => ({ httpGet: { path, ...at }, ...more });
  return {
    livenessProbe: probe("/healthz", { periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 }),
    readinessProbe: probe("/readyz", { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
  };
}

/** Holds if each stage is a Knative Service of its own. */
export const isKnative: Condition = equal(["target"], "knative");

/** Holds if all stages are in one process. */
export const isStandalone: Condition = equal(["target"], "standalone");

/** The labels of all objects of a component. They also select its Pods, so they must never change. */
export function labelsOf(component: string): { readonly [label: string]: string } {
  return { "app.kubernetes.io/name": "plugboard", "app.kubernetes.io/component": component };
}
