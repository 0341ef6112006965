import { apiVersion } from "../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../kit/kube/port.ts";

export type Fields = { readonly [field: string]: unknown };

type NamespacedKey = ObjectKey & { readonly namespace: string };
type Texts = { readonly [key: string]: string };

const rbac = "rbac.authorization.k8s.io";

/** A plug at socket db/pg, unless its spec says otherwise. */
export function plugWith(name: string, spec: object = {}, namespace = "app"): KubeObject {
  const socket = { name: "pg", namespace: "db" };
  return { apiVersion, kind: "Plug", metadata: { name, namespace }, spec: { socket, ...spec } };
}

export function socketWith(name: string, spec: object = {}, namespace = "db"): KubeObject {
  return { apiVersion, kind: "Socket", metadata: { name, namespace }, spec };
}

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

export function configMap(namespace: string, name: string, data: Fields = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

export function secret(namespace: string, name: string, data: Texts): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, data: Object.fromEntries(encoded) };
}

/** The template of a ConfigMap, as a resource has it. */
export function template(name: string, data: Texts = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

/** The template of a Secret, as a resource has it. */
export function secretTemplate(name: string, stringData: Texts): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

/** The template of a Job that would say a word, if somebody ran it. */
export function jobTemplate(name: string, word: string): KubeObject {
  const container = { name: "job", image: "busybox", args: [word] };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
  };
}

export function configMapKey(namespace: string, name: string): ObjectKey {
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name };
}

export function secretKey(namespace: string, name: string): ObjectKey {
  return { apiVersion: "v1", kind: "Secret", namespace, name };
}

export function jobKey(namespace: string, name: string): ObjectKey {
  return { apiVersion: "batch/v1", kind: "Job", namespace, name };
}

/** The key of a plug, in namespace app if no other is given. */
export function plugKey(name: string, namespace = "app"): NamespacedKey {
  return { apiVersion, kind: "Plug", namespace, name };
}

/** The key of a socket, in namespace db if no other is given. */
export function socketKey(name: string, namespace = "db"): NamespacedKey {
  return { apiVersion, kind: "Socket", namespace, name };
}

export function namespace(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}
