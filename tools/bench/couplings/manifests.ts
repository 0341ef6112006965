import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";

/** The namespaces of one contender: where its plugs are, where its sockets are, and where it keeps what is its own. */
export interface Ground {
  readonly app: string;
  readonly db: string;
  readonly own: string;
}

/** A plug with a ConfigMap of its own, a ConfigMap of its socket, and a Secret made of the socket's result. */
export function benchPlug({ app, db }: Ground, name: string, socket: string): KubeObject {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name } };
  return {
    apiVersion,
    kind: "Plug",
    metadata: { name, namespace: app },
    spec: {
      socket: { name: socket, namespace: db },
      config: { database: name },
      resources: [{ template: { ...configMap, data: { host: "{% .socketConfig.host %}" } } }],
      resultResources: [{ template: { ...secret, stringData: { url: "{% .socketResult.url %}" } } }],
    },
  };
}

export function benchSocket({ db }: Ground, name: string): KubeObject {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "{% .plug.metadata.name %}" } };
  return {
    apiVersion,
    kind: "Socket",
    metadata: { name, namespace: db },
    spec: {
      interface: { config: { plug: { database: { required: true } } } },
      config: { host: "db.example" },
      resultTemplate: { url: "db://{% .socketConfig.host %}/{% .plugConfig.database %}" },
      resources: [{ template: { ...configMap, data: { database: "{% .plugConfig.database %}" } } }],
    },
  };
}

/** Whether it is coupled and its result is there. */
export function isCoupled({ status }: KubeObject): boolean {
  const conditions = field(status, "conditions");
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (condition) =>
      field(condition, "type") === "Coupled" &&
      field(condition, "status") === "True" &&
      field(condition, "reason") === "CouplingSucceeded",
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Lets every service account do everything: the rights of owners are not what is measured. */
export const everythingForServiceAccounts: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "bench" },
  subjects: [{ kind: "Group", name: "system:serviceaccounts", apiGroup: "rbac.authorization.k8s.io" }],
  roleRef: { kind: "ClusterRole", name: "cluster-admin", apiGroup: "rbac.authorization.k8s.io" },
};
