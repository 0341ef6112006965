import {
  allOf,
  type Condition,
  each,
  equal,
  type Fields,
  groupOfItem,
  item,
  type Node,
  namespace,
  not,
  resourceOfItem,
  set,
  splitResource,
  when,
} from "../blueprint/blueprint.ts";
import type { Grants, Rights } from "../descriptor.ts";
import { labelsOf } from "../objects/container.ts";

const group = "rbac.authorization.k8s.io";

/** One rule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Grants as rules: one for each API group and set of verbs, in the order of the grants. */
export function rulesOf(grants: Grants): readonly Rule[] {
  const alike = Map.groupBy(Object.entries(grants), ([name, verbs]) => `${splitResource(name).apiGroup} ${verbs}`);
  return [...alike.values()].map((entries) => ({
    apiGroups: [splitResource(entries[0]?.[0] ?? "").apiGroup],
    resources: entries.map(([name]) => splitResource(name).resource),
    verbs: [...(entries[0]?.[1] ?? [])],
  }));
}

/** The rights of several functions together, for one process that runs them all. */
export function unitedRights(all: readonly Rights[]): Rights {
  return {
    served: united(all.map(({ served }) => served)),
    operator: united(all.map(({ operator }) => operator)),
    cluster: united(all.map(({ cluster }) => cluster)),
    impersonated: verbOrder.filter((verb) => all.some(({ impersonated }) => impersonated.includes(verb))),
  };
}

const verbOrder = ["get", "list", "watch", "create", "update", "patch", "delete"];

function united(all: readonly Grants[]): Grants {
  const verbs = new Map<string, Set<string>>();
  for (const [resource, own] of all.flatMap((grants) => Object.entries(grants)))
    verbs.set(resource, new Set([...(verbs.get(resource) ?? []), ...own]));
  const entries = [...verbs].map(([resource, own]) => [resource, verbOrder.filter((verb) => own.has(verb))] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** A process with a service account. */
export interface Account {
  /** The name of its ServiceAccount, in the operator's namespace. */
  readonly name: string;
  /** The name of its objects that have no namespace, or are in another namespace. */
  readonly fullName: string;
  readonly component: string;
  readonly rights: Rights;
  /** Rules for the served namespaces that the values add. */
  readonly more?: readonly Node[];
}

/** Holds if the whole cluster is served. */
export const everywhere: Condition = not(set("config", "namespaces"));

/**
 * A ServiceAccount, with roles for Plugboard's namespace and for the served namespaces.
 * For the served namespaces it has a ClusterRole, or with `config.namespaces` one Role in each namespace.
 */
export function accountAndRoles(account: Account): readonly Node[] {
  const { name, fullName, component, rights, more = [] } = account;
  const labels = labelsOf(component);
  const served = [...rulesOf(rights.served).map(asNode), ...impersonation(rights.impersonated), ...more];
  const cluster = rulesOf(rights.cluster).map(asNode);
  const operator = rulesOf(rights.operator).map(asNode);
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const bound = (kind: string, metadata: Metadata) => ({
    apiVersion: `${group}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: group, kind, name: metadata.name },
    subjects,
  });
  // Plugs can be served in the same namespace, so the name must differ from that of the other Role.
  const own = { name: `${fullName}-own`, namespace, labels };
  const there = { name: fullName, namespace: item, labels };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
    ...(operator.length === 0 ? [] : [role("Role", own, operator), bound("Role", own)]),
    when(everywhere, role("ClusterRole", { name: fullName, labels }, [...served, ...cluster])),
    when(everywhere, bound("ClusterRole", { name: fullName, labels })),
    each(["config", "namespaces"], role("Role", there, served), bound("Role", there)),
  ];
}

interface Metadata extends Fields {
  readonly name: string;
}

function role(kind: string, metadata: Metadata, rules: readonly Node[]): Node {
  return { apiVersion: `${group}/v1`, kind, metadata, rules };
}

function asNode({ apiGroups, resources, verbs }: Rule): Node {
  return { apiGroups, resources, verbs };
}

const isLegacy = equal(["impersonation", "mode"], "legacy");

const resourceNames = when(set("impersonation", "serviceAccounts"), [allOf("impersonation", "serviceAccounts")]);

/**
 * The rules to impersonate service accounts for these verbs only (constrained impersonation, KEP-5284).
 * One rule names the accounts, one the verbs on each kind.
 * API servers before Kubernetes 1.36 know only the right `impersonate`, which includes all verbs.
 * Newer API servers accept that right, too, so it is granted only with impersonation.mode=legacy.
 */
export function impersonation(verbs: readonly string[]): readonly Node[] {
  if (verbs.length === 0) return [];
  const onThese = verbs.map((verb) => `impersonate-on:serviceaccount:${verb}`);
  return [
    when(isLegacy, { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"], resourceNames }, [
      {
        apiGroups: ["authentication.k8s.io"],
        resources: ["serviceaccounts"],
        verbs: ["impersonate:serviceaccount"],
        resourceNames,
      },
      when(
        set("impersonation", "kinds"),
        [each(["impersonation", "kinds"], { apiGroups: [groupOfItem], resources: [resourceOfItem], verbs: onThese })],
        { apiGroups: ["*"], resources: ["*"], verbs: onThese },
      ),
    ]),
  ];
}
