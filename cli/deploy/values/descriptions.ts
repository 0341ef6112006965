/** What each value is for; a `*` stands for the name of any function. */
const descriptions: { readonly [key: string]: string } = {
  namespace: "Plugboard's own namespace, where its Lease and snapshots are.",
  target: "standalone: two instances of plugboard run. knative: each stage a Knative Service of its own.",
  "images.plugboard.repository": "Where the image is.",
  "images.plugboard.tag": "Which image.",
  "config.imagePullPolicy": "As Kubernetes has it.",
  "config.imagePullSecrets": "Names of Secrets in Plugboard's namespace.",
  "config.updateStrategy": "How instances of what stands all the time are replaced: RollingUpdate or Recreate.",
  "config.replicas": "How many of them there are; one leads, the others stand by.",
  "config.debug": "Logs everything, whatever logLevel says.",
  "config.logLevel": "debug, info, warn or error.",
  "config.namespaces": "The only namespaces that are served, with rights in them alone; empty: all.",
  "config.serveNamespaces": "Which of kube-system and Plugboard's own namespace to serve (empty: neither).",
  "config.adopt": "Whether couplings of the operator that was here before are taken over.",
  "config.missingValues":
    "What templates do with a value that is not there, unless plug, socket or interface decides: print or error.",
  "config.stagesPerNamespace":
    "How many stages of one namespace may run at once while other namespaces wait, 1 to 19; 0: half of all, 10.",
  "config.apparatus.allowHosts": "Hosts, addresses and networks where apparatuses may be beside Services.",
  "config.apparatus.timeoutSeconds": "How long one call of an apparatus may take, at most 14.",
  "config.plugboard.resources": "Of what stands all the time.",
  "config.watchedKinds":
    "Rules for the kinds that plugs make and read: where they may be watched, a change is seen at once.",
  "config.nodeSelector": "For what stands all the time.",
  "config.tolerations": "For what stands all the time.",
  "crds.enabled": "Whether the CRDs are brought along.",
  "peopleRoles.enabled": "Whether people who may edit or view a namespace may edit or view the plugs in it.",
  "impersonation.mode":
    "constrained: acts as service accounts with single verbs (Kubernetes 1.36 or newer). legacy: with all verbs, for older clusters.",
  "impersonation.kinds": "The only kinds, as resource.group, that it acts on as service accounts; empty: all.",
  "impersonation.serviceAccounts":
    "The only names of service accounts that it acts as, in every namespace that is served; empty: any.",
  "impersonation.protectNamespaces":
    "Where the whole cluster is served and serveNamespaces is empty: refuses writes by anyone who impersonates service accounts of kube-system or of Plugboard's own namespace.",
  "guard.enabled":
    "Whether the API server lets only Plugboard write the status of Plugs and Sockets and change its finalizer on them.",
  "guard.users":
    "Names of users that the guard admits beside Plugboard's accounts: for functions with an account of a cloud, or a person who repairs.",
  "guard.groups": "Names of groups that the guard admits.",
  "networkPolicy.enabled": "Whether only those named below may call Plugboard.",
  "networkPolicy.metricsNamespaces": "Namespaces that may read /metrics.",
  "networkPolicy.knativeNamespaces": "Namespaces of Knative and its gateways, which call the functions.",
  "broker.name": "The Broker that the source sends to.",
  "broker.class": "MTChannelBasedBroker, or Kafka where volume asks for it.",
  "broker.config.name": "The ConfigMap that configures the Broker; empty: the one of its class.",
  "broker.config.namespace": "Where that is.",
  "eventTypes.enabled":
    "Brings an EventType for each stage and fact, for kn eventtype list; Knative before 1.15 does not have this version of them.",
  "scale.min": "For all functions, where it is not 0: how many instances stay when nothing is to do.",
  "scale.max": "For all functions, where it is not 0: how many instances there are at most.",
  "oidc.audience": "With one, functions take only what bears the token of their own trigger for this audience.",
  "oidc.issuer": "Who signs those tokens; empty: the API server, found by asking it.",
  "oidc.eventPolicy": "With an audience: only service accounts of Plugboard's namespace may send to the Broker.",
  "lifecycle.enabled": "Deploys the function that takes the events of an ApiServerSource.",
  "functions.*.scale.min": "How many instances stay when nothing is to do.",
  "functions.*.scale.max": "How many there are at most.",
  "functions.*.concurrency": "How many requests an instance answers at the same time.",
  "functions.*.timeoutSeconds": "How long one may take; less than 60 breaks off what would have succeeded.",
  "functions.*.resources": "Of each instance.",
};

/** What a value is for, in a sentence. */
export function descriptionOf(key: string): string {
  return descriptions[key.replace(/^functions\.[^.]+\./, "functions.*.")] ?? "";
}
