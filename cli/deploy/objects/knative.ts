import type { Trigger, TriggerDelivery } from "../../../eventing/broker/serverless.ts";
import {
  both,
  concatenated,
  type Fields,
  type Node,
  namespace,
  set,
  textOf,
  value,
  when,
} from "../blueprint/blueprint.ts";
import type { DeployedFunction } from "../descriptor.ts";
import {
  apparatusEnvironment,
  confined,
  environment,
  image,
  imagePullSecrets,
  labelsOf,
  port,
  probes,
  variable,
} from "./container.ts";

/** The reference to the Broker from other objects of its namespace. */
export const brokerReference: Fields = {
  apiVersion: "eventing.knative.dev/v1",
  kind: "Broker",
  name: value("broker", "name"),
};
const withOidc = set("oidc", "audience");

/** The Broker, and the policy that limits its senders if OIDC is in use. */
export function broker(): readonly Node[] {
  const config = { apiVersion: "v1", kind: "ConfigMap", name: value("broker", "config", "name") };
  return [
    {
      apiVersion: "eventing.knative.dev/v1",
      kind: "Broker",
      metadata: {
        name: value("broker", "name"),
        namespace,
        labels: labelsOf("broker"),
        annotations: {
          "eventing.knative.dev/broker.class": value("broker", "class"),
          // It answers 202 before it delivers. If it ends, it loses its events, and the source sends them again.
          "messaging.knative.dev/async-handler": "true",
        },
      },
      spec: when(
        set("broker", "config", "name"),
        { config: { ...config, namespace: value("broker", "config", "namespace") } },
        {},
      ),
    },
    when(both(withOidc, set("oidc", "eventPolicy")), {
      apiVersion: "eventing.knative.dev/v1alpha1",
      kind: "EventPolicy",
      metadata: { name: value("broker", "name"), namespace, labels: labelsOf("broker") },
      spec: {
        to: [{ ref: brokerReference }],
        // The source and the triggers whose functions reply with events: service accounts of this namespace.
        from: [{ sub: concatenated("system:serviceaccount:", namespace, ":*") }],
      },
    }),
  ];
}

/** Sends the source's events to the Broker: sets K_SINK in its Deployment. */
export function sinkBinding(deployment: string): Node {
  return {
    apiVersion: "sources.knative.dev/v1",
    kind: "SinkBinding",
    metadata: { name: deployment, namespace, labels: labelsOf("source") },
    spec: {
      subject: { apiVersion: "apps/v1", kind: "Deployment", namespace, name: deployment },
      sink: { ref: { ...brokerReference, namespace } },
    },
  };
}

/** A function: its Service, which is not reachable from outside the cluster, and the triggers of its events. */
export function knativeFunction(one: DeployedFunction): readonly Node[] {
  return [service(one), ...one.triggers.map((trigger, index) => triggerOf(one, trigger, index))];
}

function service(one: DeployedFunction): Node {
  const labels = labelsOf(one.target);
  const own = ["functions", one.target] as const;
  const bound = (which: "min" | "max"): Node =>
    when(set("scale", which), textOf("scale", which), textOf(...own, "scale", which));
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: {
      name: one.target,
      namespace,
      labels: { ...labels, "networking.knative.dev/visibility": "cluster-local" },
    },
    spec: {
      template: {
        metadata: {
          labels,
          annotations: {
            "autoscaling.knative.dev/min-scale": bound("min"),
            "autoscaling.knative.dev/max-scale": bound("max"),
          },
        },
        spec: {
          serviceAccountName: one.target,
          enableServiceLinks: false,
          containerConcurrency: value(...own, "concurrency"),
          timeoutSeconds: value(...own, "timeoutSeconds"),
          imagePullSecrets,
          containers: [container(one)],
        },
      },
    },
  };
}

function container(one: DeployedFunction): Fields {
  const own = Object.entries(one.environment).map(([name, text]) => variable(name, text));
  return {
    image,
    imagePullPolicy: value("config", "imagePullPolicy"),
    args: ["serve"],
    env: environment([
      variable("FUNCTION_TARGET", one.target),
      ...apparatusEnvironment,
      when(withOidc, variable("PLUGBOARD_OIDC_AUDIENCE", value("oidc", "audience"))),
      when(withOidc, variable("PLUGBOARD_OIDC_SUBJECTS", subjectsOf(one))),
      when(both(withOidc, set("oidc", "issuer")), variable("PLUGBOARD_OIDC_ISSUER", value("oidc", "issuer"))),
      ...own,
    ]),
    ports: [{ containerPort: port }],
    resources: value("functions", one.target, "resources"),
    securityContext: confined,
    ...probes({}),
  };
}

function triggerName({ target }: DeployedFunction, index: number): string {
  return index === 0 ? target : `${target}-${index + 1}`;
}

/** The service accounts that Knative gives the triggers. They identify the requests of a trigger. */
function subjectsOf(one: DeployedFunction): Node {
  const parts = one.triggers.flatMap((_, index) => [
    ...(index === 0 ? [] : [","]),
    "system:serviceaccount:",
    namespace,
    `:${triggerName(one, index)}-oidc-eventing.knative.dev-trigger`,
  ]);
  return concatenated(...parts);
}

/** A Trigger with all fields of its delivery, because the delivery of a Trigger replaces that of the Broker. */
function triggerOf(one: DeployedFunction, { filters, delivery }: Trigger, index: number): Node {
  const reference = { apiVersion: "serving.knative.dev/v1", kind: "Service", name: one.target, namespace };
  return {
    apiVersion: "eventing.knative.dev/v1",
    kind: "Trigger",
    metadata: { name: triggerName(one, index), namespace, labels: labelsOf(one.target) },
    spec: {
      broker: value("broker", "name"),
      filters: filters.map((filter) => ({ ...filter })),
      subscriber: { ref: reference, audience: when(withOidc, value("oidc", "audience")) },
      delivery: {
        retry: delivery.retry,
        backoffPolicy: delivery.backoffPolicy,
        backoffDelay: `PT${delivery.backoffMilliseconds / 1_000}S`,
        timeout: concatenated("PT", textOf("functions", one.target, "timeoutSeconds"), "S"),
        ...retryAfterMax(delivery),
      },
    },
  };
}

/** Knative accepts this field only if the feature delivery-retryafter is enabled. */
function retryAfterMax({ retryAfterMaxMilliseconds: most }: TriggerDelivery): Fields {
  return most === undefined ? {} : { retryAfterMax: `PT${most / 1_000}S` };
}
