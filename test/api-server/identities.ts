import { readDescriptor } from "../../cli/deploy/descriptor.ts";
import { renderManifests } from "../../cli/deploy/render.ts";
import type { Target } from "../../cli/deploy/values/values.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { type ApiServer, sharedApiServer } from "./api-server.ts";

/** The namespace of the service accounts that Plugboard is deployed with. */
export const deployedNamespace = "plugboard";

const variable = "PLUGBOARD_TEST_IDENTITIES";

/** An API server that knows the service accounts Plugboard is deployed with. */
export interface Ground {
  readonly server: ApiServer;
  /** How one of them reaches it. */
  kubeconfigOf(account: string): string;
}

/** Gives an API server the service accounts and roles of both targets, as `plugboard manifests` prints them, and makes a kubeconfig for each. */
export async function provideIdentities(server: ApiServer): Promise<Ground> {
  const objects = usualAccountsAndRoles();
  await server.apply(objects);
  const paths = await Promise.all(
    accountNames().map(async (name) => {
      const { kubeconfigPath } = await server.asServiceAccount({ namespace: deployedNamespace, name });
      return [name, kubeconfigPath] as const;
    }),
  );
  return groundOf(server, Object.fromEntries(paths));
}

/** Provides them for the shared API server of a run. */
export async function provideSharedIdentities(server: ApiServer): Promise<void> {
  const { kubeconfigOf } = await provideIdentities(server);
  const paths = accountNames().map((name) => [name, kubeconfigOf(name)]);
  process.env[variable] = JSON.stringify(Object.fromEntries(paths));
}

/** The shared API server of this run. */
export function sharedGround(): Ground {
  return groundOf(sharedApiServer(), JSON.parse(process.env[variable] ?? "{}"));
}

function groundOf(server: ApiServer, paths: { readonly [account: string]: string }): Ground {
  return {
    server,
    kubeconfigOf(account) {
      const path = paths[account];
      if (path === undefined) throw new Error(`no service account ${account} was provided for this run`);
      return path;
    },
  };
}

/** Rendering them takes as long as many requests, and each life on a real API server asks for them. */
let usual: readonly KubeObject[] | undefined;

function usualAccountsAndRoles(): readonly KubeObject[] {
  usual ??= accountsAndRoles();
  return usual;
}

function accountNames(): readonly string[] {
  return usualAccountsAndRoles()
    .filter(({ kind }) => kind === "ServiceAccount")
    .map(({ metadata }) => metadata.name);
}

const operatorPrefix = "operator-";

/** Whether a namespace is one in which Plugboard keeps what is its own. */
export function isOperatorNamespace(namespace: string | undefined): boolean {
  return namespace === deployedNamespace || /^operator-|-operator$/.test(namespace ?? "");
}

/** Makes an operator namespace of a name nobody else has. */
export function freshOperatorNamespace(kube: Kube): Promise<string> {
  return openOperatorNamespace(kube, `${operatorPrefix}${crypto.randomUUID().slice(0, 8)}`);
}

/** Makes another operator namespace than the deployed one, in which they all may work as their Roles let them in that. */
export async function openOperatorNamespace(kube: Kube, namespace: string): Promise<string> {
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const own = usualAccountsAndRoles().filter(({ kind }) => kind === "Role" || kind === "RoleBinding");
  await Promise.all(own.map((object) => kube.create({ ...object, metadata: { ...object.metadata, namespace } })));
  return namespace;
}

const kinds = new Set([
  "Namespace",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ClusterRole",
  "ClusterRoleBinding",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);
const groups = ["v1", "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1"];

/** What says who Plugboard is and what it may do, of both targets or one. */
export function accountsAndRoles(
  more: readonly string[] = [],
  of: readonly Target[] = ["standalone", "knative"],
): readonly KubeObject[] {
  const descriptor = readDescriptor();
  const settings = ["peopleRoles.enabled=false", "lifecycle.enabled=true", ...more];
  const both = of.flatMap((target) => renderManifests(descriptor, { target, settings }));
  const chosen = both.filter(({ kind, apiVersion }) => kinds.has(kind) && groups.includes(apiVersion));
  const nameOf = ({ kind, metadata }: KubeObject) => [kind, metadata.namespace, metadata.name].join("/");
  return [...new Map(chosen.map((one) => [nameOf(one), one])).values()];
}
