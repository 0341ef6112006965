import type * as k8s from "@kubernetes/client-node";
import type { Kind, KubeObject, ObjectMeta } from "../../kit/kube/port.ts";

/**
 * The types of objects by `apiVersion/kind`.
 * Add the kinds of your own CRDs by declaration merging; `plugboard operator types CRD.yaml` writes the declaration.
 */
export interface Kinds {
  readonly "v1/ConfigMap": Wire<k8s.V1ConfigMap>;
  readonly "v1/Namespace": Wire<k8s.V1Namespace>;
  readonly "v1/Node": Wire<k8s.V1Node>;
  readonly "v1/PersistentVolumeClaim": Wire<k8s.V1PersistentVolumeClaim>;
  readonly "v1/Pod": Wire<k8s.V1Pod>;
  readonly "v1/Secret": Wire<k8s.V1Secret>;
  readonly "v1/Service": Wire<k8s.V1Service>;
  readonly "v1/ServiceAccount": Wire<k8s.V1ServiceAccount>;
  readonly "apps/v1/DaemonSet": Wire<k8s.V1DaemonSet>;
  readonly "apps/v1/Deployment": Wire<k8s.V1Deployment>;
  readonly "apps/v1/ReplicaSet": Wire<k8s.V1ReplicaSet>;
  readonly "apps/v1/StatefulSet": Wire<k8s.V1StatefulSet>;
  readonly "autoscaling/v2/HorizontalPodAutoscaler": Wire<k8s.V2HorizontalPodAutoscaler>;
  readonly "batch/v1/CronJob": Wire<k8s.V1CronJob>;
  readonly "batch/v1/Job": Wire<k8s.V1Job>;
  readonly "networking.k8s.io/v1/Ingress": Wire<k8s.V1Ingress>;
  readonly "networking.k8s.io/v1/NetworkPolicy": Wire<k8s.V1NetworkPolicy>;
  readonly "policy/v1/PodDisruptionBudget": Wire<k8s.V1PodDisruptionBudget>;
  readonly "rbac.authorization.k8s.io/v1/ClusterRole": Wire<k8s.V1ClusterRole>;
  readonly "rbac.authorization.k8s.io/v1/ClusterRoleBinding": Wire<k8s.V1ClusterRoleBinding>;
  readonly "rbac.authorization.k8s.io/v1/Role": Wire<k8s.V1Role>;
  readonly "rbac.authorization.k8s.io/v1/RoleBinding": Wire<k8s.V1RoleBinding>;
  readonly "storage.k8s.io/v1/StorageClass": Wire<k8s.V1StorageClass>;
}

/**
 * A type of @kubernetes/client-node as JSON has it: dates are texts, and fields whose names are reserved words
 * (`_from`) have their own names.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Field in keyof T as Field extends `_${infer Name}` ? Name : Field]: Wire<T[Field]> }
      : T;

/** The metadata of an object that exists. */
export interface StoredMeta extends ObjectMeta {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** An object of a kind as it exists: typed if `Kinds` has the kind. */
export type ObjectOf<K extends Kind> = `${K["apiVersion"]}/${K["kind"]}` extends infer Key extends keyof Kinds
  ? Omit<Kinds[Key], "metadata" | "apiVersion" | "kind"> & Stored<K>
  : KubeObject & Stored<K>;

interface Stored<K extends Kind> {
  readonly apiVersion: K["apiVersion"];
  readonly kind: K["kind"];
  readonly metadata: StoredMeta;
}

/** A kind as one text. */
export function kindText({ apiVersion, kind }: Kind): string {
  return `${apiVersion}/${kind}`;
}

/** The API group of a kind; empty for the core's. */
export function groupOf({ apiVersion }: Pick<Kind, "apiVersion">): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
