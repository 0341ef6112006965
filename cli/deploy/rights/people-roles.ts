import { group } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";

const resources = ["plugs", "sockets", "deferredresources"];
const rbac = "rbac.authorization.k8s.io";

/**
 * ClusterRoles that aggregate our kinds to `admin`, `edit` and `view`.
 * A person who may edit a plug can do as much in its namespace as a person who may create Pods there.
 * Only the operator may write a status.
 */
export function peoplesRoles(): readonly KubeObject[] {
  const look = ["get", "list", "watch"];
  const change = ["create", "update", "patch", "delete", "deletecollection"];
  return [
    aggregated("edit", ["admin", "edit"], [{ apiGroups: [group], resources, verbs: [...look, ...change] }]),
    aggregated(
      "view",
      ["admin", "edit", "view"],
      [{ apiGroups: [group], resources: [...resources, ...resources.map((one) => `${one}/status`)], verbs: look }],
    ),
  ];
}

function aggregated(name: string, into: readonly string[], rules: readonly object[]): KubeObject {
  const labels = Object.fromEntries(into.map((role) => [`${rbac}/aggregate-to-${role}`, "true"]));
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: `plugboard-${name}`, labels },
    rules,
  };
}
