import { valueAt } from "./blueprint/evaluate.ts";
import { readDescriptor } from "./descriptor.ts";
import type { Wanted } from "./render.ts";
import { defaultValues, withSettings } from "./values/values.ts";

/** What somebody who installs it on Knative has to know of its functions. */
export const openFunctions: string =
  "Every Pod of the cluster can call the functions through Knative's activator. To accept only the calls of their Triggers, set oidc.audience, and enable " +
  "authentication-oidc and transport-encryption in ConfigMap config-features of knative-eventing (docs/running/knative.md).";

/** What somebody has to know whose cluster may be older. */
export const newerKubernetes: string =
  "Needs Kubernetes 1.36 or newer. For an older cluster set impersonation.mode=legacy, and config.namespaces if you can (docs/security.md).";

/** What is to be said to whoever prints manifests, beside them. */
export function notesFor({ target, settings }: Wanted): readonly string[] {
  const own = settings.filter((setting) => !setting.startsWith("namespace="));
  const values = withSettings(defaultValues(readDescriptor()), own);
  return [
    ...(target === "knative" && valueAt(values, ["oidc", "audience"]) === "" ? [openFunctions] : []),
    ...(valueAt(values, ["impersonation", "mode"]) === "constrained" ? [newerKubernetes] : []),
  ];
}
