import type { ServedKind } from "../../kube/port.ts";
import type { CustomSchema } from "./schema.ts";

/** A kind as the in-memory cluster serves it. */
export interface KindDefinition extends ServedKind {
  readonly group: string;
  /** The name under which its objects are stored, in all versions: `widgets.example.com`, `configmaps`. */
  readonly resource: string;
  readonly hasGeneration: boolean;
  /** Only for custom resources. */
  readonly schema: CustomSchema | undefined;
  /** The paths that a field selector may use, besides name and namespace. */
  readonly selectableFields: readonly string[];
}

/** Each word: plural, then flags: n namespaced, s status subresource, g generation. */
const builtIn: { readonly [apiVersion: string]: { readonly [kind: string]: string } } = {
  v1: {
    ConfigMap: "configmaps n",
    Endpoints: "endpoints n",
    Event: "events n",
    LimitRange: "limitranges n",
    Namespace: "namespaces s",
    Node: "nodes s",
    PersistentVolume: "persistentvolumes s",
    PersistentVolumeClaim: "persistentvolumeclaims ns",
    Pod: "pods nsg",
    PodTemplate: "podtemplates n",
    ReplicationController: "replicationcontrollers nsg",
    ResourceQuota: "resourcequotas ns",
    Secret: "secrets n",
    Service: "services ns",
    ServiceAccount: "serviceaccounts n",
  },
  "apps/v1": {
    ControllerRevision: "controllerrevisions n",
    DaemonSet: "daemonsets nsg",
    Deployment: "deployments nsg",
    ReplicaSet: "replicasets nsg",
    StatefulSet: "statefulsets nsg",
  },
  "batch/v1": { CronJob: "cronjobs nsg", Job: "jobs nsg" },
  "rbac.authorization.k8s.io/v1": {
    ClusterRole: "clusterroles",
    ClusterRoleBinding: "clusterrolebindings",
    Role: "roles n",
    RoleBinding: "rolebindings n",
  },
  "networking.k8s.io/v1": {
    Ingress: "ingresses nsg",
    IngressClass: "ingressclasses g",
    NetworkPolicy: "networkpolicies ng",
  },
  "policy/v1": { PodDisruptionBudget: "poddisruptionbudgets nsg" },
  "autoscaling/v2": { HorizontalPodAutoscaler: "horizontalpodautoscalers ns" },
  "coordination.k8s.io/v1": { Lease: "leases n" },
  "discovery.k8s.io/v1": { EndpointSlice: "endpointslices ng" },
  "events.k8s.io/v1": { Event: "events n" },
  "storage.k8s.io/v1": {
    StorageClass: "storageclasses",
    CSIDriver: "csidrivers",
    VolumeAttachment: "volumeattachments s",
  },
  "scheduling.k8s.io/v1": { PriorityClass: "priorityclasses g" },
  "node.k8s.io/v1": { RuntimeClass: "runtimeclasses" },
  "certificates.k8s.io/v1": { CertificateSigningRequest: "certificatesigningrequests s" },
  "apiextensions.k8s.io/v1": { CustomResourceDefinition: "customresourcedefinitions sg" },
  "apiregistration.k8s.io/v1": { APIService: "apiservices s" },
  "admissionregistration.k8s.io/v1": {
    MutatingWebhookConfiguration: "mutatingwebhookconfigurations g",
    ValidatingAdmissionPolicy: "validatingadmissionpolicies sg",
    ValidatingAdmissionPolicyBinding: "validatingadmissionpolicybindings g",
    ValidatingWebhookConfiguration: "validatingwebhookconfigurations g",
  },
};

/** The group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The name of a resource in error messages and CRDs: `widgets.example.com`. */
export function qualified(name: string, group: string): string {
  return group === "" ? name : `${name}.${group}`;
}

/** The kinds that every cluster serves. */
export function builtInKinds(): readonly KindDefinition[] {
  return Object.entries(builtIn).flatMap(([apiVersion, kinds]) =>
    Object.entries(kinds).map(([kind, words]) => define(apiVersion, kind, words)),
  );
}

function define(apiVersion: string, kind: string, words: string): KindDefinition {
  const [plural = "", flags = ""] = words.split(" ");
  const group = groupOf(apiVersion);
  return {
    apiVersion,
    kind,
    plural,
    group,
    resource: qualified(plural, group),
    namespaced: flags.includes("n"),
    hasStatus: flags.includes("s"),
    hasGeneration: flags.includes("g"),
    schema: undefined,
    selectableFields: selectable[kind] ?? [],
  };
}

const selectable: { readonly [kind: string]: readonly string[] } = {
  Event: [
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.uid",
    "regarding.kind",
    "regarding.name",
    "regarding.namespace",
    "regarding.uid",
    "reason",
    "type",
  ],
  Job: ["status.successful"],
  Namespace: ["status.phase"],
  Pod: ["spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase"],
  Secret: ["type"],
};
