/** The purpose of each value. `*` stands for the name of any function. */
const descriptions: { readonly [key: string]: string } = {
  namespace: "Namespace of Plugboard, with its Lease and snapshots.",
  target: "standalone: two instances of plugboard run. knative: one Knative Service for each stage.",
  "images.plugboard.repository": "Repository of the image.",
  "images.plugboard.tag": "Tag of the image.",
  "config.imagePullPolicy": "Pull policy of the image: Always, IfNotPresent or Never.",
  "config.imagePullSecrets": "Names of pull secrets in Plugboard's namespace.",
  "config.updateStrategy": "Update strategy of the Deployment that always runs: RollingUpdate or Recreate.",
  "config.replicas": "Number of Pods of the Deployment that always runs; one leads, the others stand by.",
  "config.debug": "Logs everything; overrides logLevel.",
  "config.logLevel": "Least severe level to log: debug, info, warn or error.",
  "config.namespaces": "Namespaces to serve; Plugboard gets rights only there. Empty: all.",
  "config.serveNamespaces": "Also serve kube-system or Plugboard's own namespace. Empty: serve neither.",
  "config.adopt": "Takes over couplings of integration-operator (false: leaves them).",
  "config.missingValues":
    "What templates do with a missing value, unless plug, socket or interface decides: print or error.",
  "config.stagesPerNamespace":
    "Most stages of one namespace that run at once while other namespaces wait, 1 to 19. 0: the default, 10.",
  "config.apparatus.allowHosts":
    "Hosts, addresses and networks where Plugboard may call apparatuses, in addition to Services.",
  "config.apparatus.timeoutSeconds": "Timeout of one call of an apparatus, in seconds, at most 14.",
  "config.plugboard.resources": "Resources of the Pods that always run.",
  "config.watchedKinds":
    "RBAC rules for the kinds that plugs apply and read. With the right to watch a kind, Plugboard sees its changes at once.",
  "config.nodeSelector": "Node selector of the Pods that always run.",
  "config.tolerations": "Tolerations of the Pods that always run.",
  "crds.enabled": "Installs the CRDs.",
  "peopleRoles.enabled": "Lets people who may edit or view a namespace also edit or view its plugs and sockets.",
  "impersonation.mode":
    "constrained: Plugboard impersonates service accounts only for the verbs it needs (Kubernetes 1.36 or newer). legacy: for all verbs, on older clusters.",
  "impersonation.kinds": "Kinds, as resource.group, that Plugboard may use as a service account. Empty: all.",
  "impersonation.serviceAccounts":
    "Names of service accounts that Plugboard may impersonate, in all served namespaces. Empty: all.",
  "impersonation.protectNamespaces":
    "Adds a policy that refuses writes by clients that impersonate a service account of kube-system or of Plugboard's namespace. Only if all namespaces are served and serveNamespaces is empty.",
  "guard.enabled":
    "Adds a policy that lets only Plugboard write the status of Plugs and Sockets, and add or remove its finalizer.",
  "guard.users":
    "Other users that the guard admits, for example a cloud account of functions, or a person who repairs.",
  "guard.groups": "Groups that the guard admits.",
  "networkPolicy.enabled": "Adds NetworkPolicies that let only the namespaces below call Plugboard.",
  "networkPolicy.metricsNamespaces": "Namespaces that may read /metrics.",
  "networkPolicy.knativeNamespaces": "Namespaces of Knative and its gateways, which may call the functions.",
  "broker.name": "Name of the Broker that the source sends to.",
  "broker.class": "Class of the Broker: MTChannelBasedBroker, or Kafka for many events.",
  "broker.config.name": "ConfigMap that configures the Broker. Empty: the default of its class.",
  "broker.config.namespace": "Namespace of this ConfigMap.",
  "eventTypes.enabled":
    "Adds an EventType for each stage and fact, for kn eventtype list. Needs Knative 1.15 or newer.",
  "scale.min": "Least number of instances of each function. 0: as set for the function.",
  "scale.max": "Most instances of each function. 0: as set for the function.",
  "oidc.audience":
    "Audience: functions accept only requests with a token of their own Trigger for this audience. Empty: all requests.",
  "oidc.issuer": "Issuer of these tokens. Empty: the API server.",
  "oidc.eventPolicy": "With oidc.audience: lets only service accounts of Plugboard's namespace send to the Broker.",
  "lifecycle.enabled": "Deploys the function for the events of an ApiServerSource.",
  "functions.*.scale.min": "Least number of instances.",
  "functions.*.scale.max": "Most instances.",
  "functions.*.concurrency": "Most requests that an instance answers at once.",
  "functions.*.timeoutSeconds": "Timeout of one request. Less than 60 cuts off stages that would succeed.",
  "functions.*.resources": "Resources of each instance.",
};

/** The purpose of a value, in one sentence. */
export function descriptionOf(key: string): string {
  return descriptions[key.replace(/^functions\.[^.]+\./, "functions.*.")] ?? "";
}
