import type { Target } from "../../../cli/deploy/values/values.ts";

/** Ways to deploy that differ as much as they can: what is shown of the usual one is shown of these. */
export interface Way {
  readonly name: string;
  readonly target: Target;
  readonly namespace: string;
  readonly settings: readonly string[];
}

const everything = [
  "config.namespaces=shop,data",
  "config.apparatus.allowHosts=apparatus.example.com,10.0.0.0/8",
  "config.imagePullSecrets=one,two",
  "config.debug=true",
  "config.adopt=false",
  "config.missingValues=error",
  "config.stagesPerNamespace=5",
  "config.replicas=3",
  'config.tolerations=[{"key":"spot","operator":"Exists"}]',
  'config.nodeSelector={"kubernetes.io/os":"linux"}',
  "impersonation.kinds=configmaps,secrets,deployments.apps,certificates.cert-manager.io",
  "impersonation.serviceAccounts=plugs,default",
  "guard.enabled=true",
  "guard.users=jane,couple@project.iam.gserviceaccount.com",
  "guard.groups=repairers",
  "images.plugboard.repository=registry.example.com/plugboard",
  "images.plugboard.tag=2",
];

export const ways: readonly Way[] = [
  { name: "standalone", target: "standalone", namespace: "plugboard", settings: [] },
  { name: "standalone, all chosen otherwise", target: "standalone", namespace: "own", settings: everything },
  {
    name: "standalone, with little",
    target: "standalone",
    namespace: "plugboard",
    settings: [
      "crds.enabled=false",
      "peopleRoles.enabled=false",
      "networkPolicy.enabled=false",
      "config.watchedKinds=",
      "impersonation.mode=legacy",
      "impersonation.protectNamespaces=false",
    ],
  },
  { name: "knative", target: "knative", namespace: "plugboard", settings: [] },
  {
    name: "knative, all chosen otherwise",
    target: "knative",
    namespace: "own",
    settings: [
      ...everything,
      "broker.class=Kafka",
      "broker.config.name=kafka-broker-config",
      "oidc.audience=plugboard",
      "oidc.issuer=https://issuer.example.com",
      "lifecycle.enabled=true",
      "eventTypes.enabled=false",
      "scale.min=1",
      "scale.max=5",
      "networkPolicy.metricsNamespaces=",
      "functions.plug-couple.concurrency=3",
      "functions.plug-couple.resources.limits.memory=1Gi",
    ],
  },
];

/** The same settings as Helm's flags take them. */
export function helmFlags({ target, settings }: Way): readonly string[] {
  const lists =
    /^(impersonation\.(?:kinds|serviceAccounts)|guard\.(?:users|groups)|config\.(?:namespaces|apparatus\.allowHosts|imagePullSecrets|watchedKinds)|networkPolicy\.\w+Namespaces)=(.*)$/;
  return [
    ...["--set", `target=${target}`],
    ...settings.flatMap((setting) => {
      const [, key, items = ""] = lists.exec(setting) ?? [];
      const list = items === "" ? [] : items.split(",");
      if (key !== undefined) return ["--set-json", `${key}=${JSON.stringify(list)}`];
      if (/=[[{]/.test(setting)) return ["--set-json", setting];
      return setting.startsWith("images.plugboard.tag=") ? ["--set-string", setting] : ["--set", setting];
    }),
  ];
}
