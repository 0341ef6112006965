import { Forbidden } from "../../errors.ts";
import { serviceAccountUser } from "../../kube/keys.ts";
import type { Json, KubeObject, ServiceAccountName } from "../../kube/port.ts";
import { fieldAt, listAt, textAt } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import { refusal } from "../messages.ts";
import type { Store } from "../storage/store.ts";

/** The action of a request, in the terms of RBAC. */
export interface Access {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";
  readonly kind: KindDefinition;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

const group = "rbac.authorization.k8s.io";

/** Checks requests of service accounts against the stored Roles and bindings. Other users may do everything. */
export function roleBasedAccess(
  store: Store,
): (serviceAccount: ServiceAccountName | undefined, access: Access) => void {
  return (serviceAccount, access) => {
    if (serviceAccount === undefined) return;
    if (rulesFor(store, serviceAccount, access).some((rule) => grants(rule, access))) return;
    throw new Forbidden(...refusal(403, "Forbidden", missingRight(serviceAccount, access)));
  };
}

function missingRight(serviceAccount: ServiceAccountName, access: Access): string {
  const { verb, kind, subresource } = access;
  const subject = access.name === undefined || access.name === "" ? kind.resource : `${kind.resource} "${access.name}"`;
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const where =
    kind.namespaced && access.namespace !== undefined
      ? `in the namespace "${access.namespace}"`
      : "at the cluster scope";
  const user = serviceAccountUser(serviceAccount);
  return `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${kind.group}" ${where}`;
}

function rulesFor(store: Store, serviceAccount: ServiceAccountName, { kind, namespace }: Access): readonly Json[] {
  const everywhere = store.list(`clusterrolebindings.${group}`);
  const here = kind.namespaced && namespace !== undefined ? store.list(`rolebindings.${group}`, { namespace }) : [];
  return [...everywhere, ...here]
    .filter((binding) => binds(binding, serviceAccount))
    .flatMap((binding) => rulesOf(store, binding));
}

function binds(binding: KubeObject, { namespace, name }: ServiceAccountName): boolean {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return listAt(binding, "subjects").some((subject) => {
    const named = textAt(subject, "name");
    switch (textAt(subject, "kind")) {
      case "ServiceAccount":
        return named === name && textAt(subject, "namespace") === namespace;
      case "User":
        return named === serviceAccountUser({ namespace, name });
      case "Group":
        return named !== undefined && groups.includes(named);
      default:
        return false;
    }
  });
}

function rulesOf(store: Store, binding: KubeObject): readonly Json[] {
  const name = textAt(binding, "roleRef", "name") ?? "";
  const inNamespace = textAt(binding, "roleRef", "kind") === "Role";
  const role = inNamespace
    ? store.get(`roles.${group}`, binding.metadata.namespace, name)
    : store.get(`clusterroles.${group}`, undefined, name);
  return [...listAt(role, "rules"), ...(role === undefined ? [] : aggregated(store, role))];
}

function aggregated(store: Store, role: KubeObject): readonly Json[] {
  const selectors = listAt(role, "aggregationRule", "clusterRoleSelectors");
  if (selectors.length === 0) return [];
  const matching = store.list(`clusterroles.${group}`).filter(({ metadata }) =>
    selectors.some((selector) => {
      const wanted = Object.entries(fieldAt(selector, "matchLabels") ?? {});
      return wanted.length > 0 && wanted.every(([key, value]) => metadata.labels?.[key] === value);
    }),
  );
  return matching.flatMap((each) => listAt(each, "rules"));
}

function grants(rule: Json, { verb, kind, name, subresource }: Access): boolean {
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const names = listAt(rule, "resourceNames");
  return (
    allows(listAt(rule, "verbs"), verb) &&
    allows(listAt(rule, "apiGroups"), kind.group) &&
    (allows(listAt(rule, "resources"), resource) || listAt(rule, "resources").includes(`*/${subresource}`)) &&
    (names.length === 0 || (name !== undefined && verb !== "create" && names.includes(name)))
  );
}

function allows(listed: readonly Json[], wanted: string): boolean {
  return listed.includes("*") || listed.includes(wanted);
}
