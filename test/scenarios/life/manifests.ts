import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import type { Life } from "./life.ts";

type Fields = { readonly [field: string]: unknown };
type Texts = { readonly [key: string]: string };

const rbac = "rbac.authorization.k8s.io";

/** A namespace whose default service account may do everything in it. */
export function servedNamespace(name: string, labels: Texts = {}): readonly KubeObject[] {
  return [{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }, ...allRights(name)];
}

/** The Role and RoleBinding that let its default service account do everything in a namespace. */
export function allRights(namespace: string): readonly KubeObject[] {
  return [
    role(namespace, [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { namespace, name: "rights" },
      roleRef: { apiGroup: rbac, kind: "Role", name: "rights" },
      subjects: [{ kind: "ServiceAccount", namespace, name: "default" }],
    },
  ];
}

export function role(namespace: string, rules: readonly Fields[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: "Role", metadata: { namespace, name: "rights" }, rules };
}

export function plug({ app, db }: Pick<Life, "app" | "db">, spec: Fields = {}, name = "web"): KubeObject {
  return {
    apiVersion,
    kind: "Plug",
    metadata: { namespace: app, name },
    spec: { socket: { name: "db", namespace: db }, ...spec },
  };
}

export function socket({ db }: Pick<Life, "db">, spec: Fields = {}, name = "db"): KubeObject {
  return { apiVersion, kind: "Socket", metadata: { namespace: db, name }, spec };
}

export function configMap(namespace: string, name: string, data: Texts): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

export function secret(namespace: string, name: string, data: Texts): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, data: Object.fromEntries(encoded) };
}

/** The template of a ConfigMap, as a resource has it. */
export function template(name: string, data: Texts): Fields {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

/** The template of a Secret, as a resource has it. */
export function secretTemplate(name: string, stringData: Texts): Fields {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

/** The template of a Job that would say a word, if somebody ran it. */
export function jobTemplate(name: string, word: string): Fields {
  const container = { name: "job", image: "busybox", args: [word] };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
  };
}

/** A coupling in which each side shows the other's color: `web-plug` beside the plug, `web-socket` beside the socket. */
export function colors(life: Life, plugSpec: Fields = {}, socketSpec: Fields = {}): readonly [KubeObject, KubeObject] {
  return [
    plug(life, {
      config: { color: "red" },
      resources: [{ template: template("{% .plug.metadata.name %}-plug", { color: "{% .socketConfig.color %}" }) }],
      ...plugSpec,
    }),
    socket(life, {
      config: { color: "blue" },
      resources: [{ template: template("{% .plug.metadata.name %}-socket", { color: "{% .plugConfig.color %}" }) }],
      ...socketSpec,
    }),
  ];
}

export function keyOfPlug({ app }: Pick<Life, "app">, name = "web"): ObjectKey {
  return { apiVersion, kind: "Plug", namespace: app, name };
}

export function keyOfSocket({ db }: Pick<Life, "db">, name = "db"): ObjectKey {
  return { apiVersion, kind: "Socket", namespace: db, name };
}

export function keyOfConfigMap(namespace: string, name: string): ObjectKey {
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name };
}

export function keyOfSecret(namespace: string, name: string): ObjectKey {
  return { apiVersion: "v1", kind: "Secret", namespace, name };
}

export function keyOfJob(namespace: string, name: string): ObjectKey {
  return { apiVersion: "batch/v1", kind: "Job", namespace, name };
}
