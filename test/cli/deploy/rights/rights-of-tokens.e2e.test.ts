import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { splitResource } from "../../../../cli/deploy/blueprint/blueprint.ts";
import { type Grants, type Rights, readDescriptor } from "../../../../cli/deploy/descriptor.ts";
import { unitedRights } from "../../../../cli/deploy/rights/rights.ts";
import { type OwnApiServer, startApiServer } from "../../../api-server/api-server.ts";
import { accountsAndRoles, deployedNamespace } from "../../../api-server/identities.ts";
import { eventually } from "../../../api-server/live-ground.ts";
import { plugboardCrds } from "../../../api-server/shared-api-server.ts";
import { type ApiRequest, type Asker, askerOf } from "./requests.ts";

/** What each account may do: the one table there is, from which also the manifests are made. */
function table(): ReadonlyMap<string, Rights> {
  const { source, functions } = readDescriptor();
  const watched = Object.fromEntries(source.watchedKinds.map((kind) => [kind, ["get", "list", "watch"]]));
  const watching = { served: watched, operator: {}, cluster: {}, impersonated: [] };
  const sources = [source.rights, watching];
  const deployed = functions.filter(({ optional }) => !optional).map(({ rights }) => rights);
  return new Map([
    ["plugboard", unitedRights([...sources, ...deployed])],
    ["plugboard-source", unitedRights(sources)],
    ...functions.map(({ target, rights }) => [target, rights] as const),
  ]);
}

const rightsOfAccounts = table();
const accounts = [...rightsOfAccounts.keys()];
const serviceAccount = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

let server: OwnApiServer;
const askers = new Map<string, Asker>();

beforeAll(async () => {
  server = await startApiServer({ crds: plugboardCrds() });
  const namespaces = ["shop", "data", "elsewhere"];
  const mighty = [...namespaces, "kube-system", deployedNamespace];
  await server.apply([
    ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...accountsAndRoles(),
    ...accountsAndRoles(["namespace=fenced", "config.namespaces=shop", "impersonation.kinds=configmaps"], ["knative"]),
    ...accountsAndRoles(
      ["namespace=named", "config.namespaces=elsewhere", "impersonation.serviceAccounts=mighty"],
      ["knative"],
    ),
    ...accountsAndRoles(["namespace=older", "config.namespaces=data", "impersonation=legacy"], ["knative"]),
  ]);
  // Whoever acts as these meets no limit but that of acting.
  await server.apply([
    ...mighty.map((namespace) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { namespace, name: "mighty" },
    })),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "mighty" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: mighty.map((namespace) => ({ kind: "ServiceAccount", namespace, name: "mighty" })),
    },
  ]);
  const tokens = [
    ...accounts.map((name) => [deployedNamespace, name] as const),
    ...["fenced", "named", "older"].map((namespace) => [namespace, "plug-couple"] as const),
    ["kube-system", "mighty"] as const,
    ["elsewhere", "default"] as const,
  ];
  for (const [namespace, name] of tokens) {
    const { kubeconfigPath } = await server.asServiceAccount({ namespace, name });
    askers.set(`${namespace}/${name}`, askerOf(kubeconfigPath));
  }
});

afterAll(() => server.stop());

function asker(name: string, namespace = deployedNamespace): Asker {
  const found = askers.get(`${namespace}/${name}`);
  if (found === undefined) throw new Error(`no token of ${namespace}/${name}`);
  return found;
}

const may = async (who: Asker, request: ApiRequest): Promise<boolean> => (await who.ask(request)).code !== 403;

/** Rights reach the authorizer a moment after they are written. */
async function inForce(): Promise<void> {
  const whole = (namespace: string) => ({
    path: `/api/v1/namespaces/${namespace}/configmaps/a`,
    as: serviceAccount(namespace, "mighty"),
  });
  await eventually(() => may(asker("plug-couple"), whole("shop")), true);
  await eventually(() => may(asker("plug-couple", "fenced"), whole("shop")), true);
  await eventually(() => may(asker("plug-couple", "named"), whole("elsewhere")), true);
  await eventually(() => may(asker("plug-couple", "older"), whole("data")), true);
}

interface ReviewedRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

/** Everything that RBAC lets somebody do in a namespace, each right as a sentence. */
async function rightsIn(namespace: string, who: Asker): Promise<ReadonlySet<string>> {
  const { body } = await who.ask({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } },
  });
  const { resourceRules } = body["status"] as { readonly resourceRules: readonly ReviewedRule[] };
  return new Set(
    resourceRules.flatMap(({ verbs, apiGroups, resources }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${resource} of "${group}"`)),
      ),
    ),
  );
}

function sentences(grants: Grants): readonly string[] {
  return Object.entries(grants).flatMap(([name, verbs]) => {
    const { resource, apiGroup } = splitResource(name);
    return verbs.map((verb) => `${verb} ${resource} of "${apiGroup}"`);
  });
}

function acting(verbs: readonly string[]): readonly string[] {
  if (verbs.length === 0) return [];
  const each = verbs.map((verb) => `impersonate-on:serviceaccount:${verb} * of "*"`);
  return ['impersonate:serviceaccount serviceaccounts of "authentication.k8s.io"', ...each];
}

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
const maps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** A request for each verb there is. */
function everyVerb(namespace: string): Readonly<Record<Verb, ApiRequest>> {
  const [all, one] = [maps(namespace), `${maps(namespace)}/a`];
  const patch = { method: "PATCH", path: `${one}?fieldManager=a&force=true`, body: configMap };
  return {
    patch: { ...patch, contentType: "application/apply-patch+yaml" },
    get: { path: one },
    list: { path: all },
    watch: { path: `${all}?watch=true&timeoutSeconds=1&resourceVersion=0` },
    create: { method: "POST", path: all, body: { ...configMap, metadata: { name: "b" } } },
    update: { method: "PUT", path: one, body: configMap },
    delete: { method: "DELETE", path: one },
    deletecollection: { method: "DELETE", path: `${all}?labelSelector=none%3Dthere` },
  };
}

describe("with the token of each account the API server lets through what the table says, and nothing else", () => {
  beforeAll(inForce);

  test.each(accounts)("of %s as itself, in a served namespace, in Plugboard's own and in kube-system", async (name) => {
    const rights = rightsOfAccounts.get(name);
    if (rights === undefined) throw new Error("no such account");
    const { served, operator, cluster, impersonated } = rights;
    const everywhere = [...sentences(served), ...sentences(cluster), ...acting(impersonated)];
    for (const [namespace, more] of [
      ["shop", []],
      ["kube-system", []],
      [deployedNamespace, sentences(operator)],
    ] as const) {
      const anybodys = await rightsIn(namespace, asker("default", "elsewhere"));
      const own = [...(await rightsIn(namespace, asker(name)))].filter((right) => !anybodys.has(right));
      expect([namespace, own.toSorted()]).toEqual([namespace, [...new Set([...everywhere, ...more])].toSorted()]);
    }
  });

  test.each(accounts)("of %s as a service account that may do everything", async (name) => {
    const as = serviceAccount("shop", "mighty");
    const passed: string[] = [];
    for (const [verb, request] of Object.entries(everyVerb("shop")))
      if (await may(asker(name), { ...request, as })) passed.push(verb);
    expect(passed.toSorted()).toEqual([...(rightsOfAccounts.get(name)?.impersonated ?? [])].toSorted());
  });

  test.each(accounts)(
    "of %s as anybody who is no service account, or one with more groups than its own",
    async (name) => {
      const path = `${maps("shop")}/a`;
      for (const [as, groups] of [
        ["admin", ["system:masters"]],
        ["admin", []],
        ["system:node:one", []],
        ["system:kube-controller-manager", []],
        [serviceAccount("shop", "mighty"), ["system:masters"]],
      ] as const)
        expect([as, groups, await may(asker(name), { path, as, groups })]).toEqual([as, groups, false]);
    },
  );

  test.each(accounts)(
    "of %s as a service account of kube-system, or one of Plugboard's own, writes nothing",
    async (name) => {
      for (const namespace of ["kube-system", deployedNamespace]) {
        await server.apply([{ ...configMap, metadata: { namespace, name: "kept" } }]);
        const as = serviceAccount(namespace, "mighty");
        for (const where of ["shop", namespace])
          for (const verb of ["patch", "create"] as const) {
            const passed = await may(asker(name), { ...everyVerb(where)[verb], as });
            expect([namespace, where, verb, passed]).toEqual([namespace, where, verb, false]);
          }
        expect(await may(asker(name), { method: "DELETE", path: `${maps(namespace)}/kept`, as })).toBe(false);
      }
    },
  );
});

describe("the policy on kube-system's service accounts", () => {
  beforeAll(inForce);

  test("says what is refused and what to do", async () => {
    const answer = await asker("plug-couple").ask({
      ...everyVerb("kube-system").patch,
      as: serviceAccount("kube-system", "mighty"),
    });
    expect(answer).toMatchObject({
      code: 403,
      message: expect.stringContaining(
        "Service accounts of kube-system and plugboard may not be impersonated to write. Use a token of the account",
      ),
    });
  });

  test("lets the account itself work, and whoever only asks what it might do", async () => {
    const real = asker("mighty", "kube-system");
    expect((await real.ask(everyVerb("kube-system").create)).code).toBe(201);
    const asked = ["auth", "can-i", "create", "configmaps", "-n", "kube-system"];
    const answer = await server.kubectl([...asked, `--as=${serviceAccount("kube-system", "mighty")}`]);
    expect(answer.stdout.trim()).toBe("yes");
  });
});

describe("where some namespaces alone are served", () => {
  beforeAll(inForce);

  test.each(["kube-system", "plugboard", "data", "elsewhere"])(
    "no account of %s can be acted as, not even to read, and nothing there be reached",
    async (namespace) => {
      const fenced = asker("plug-couple", "fenced");
      for (const [verb, request] of Object.entries(everyVerb(namespace)))
        for (const as of [serviceAccount(namespace, "mighty"), serviceAccount("shop", "mighty")])
          expect([verb, as, await may(fenced, { ...request, as })]).toEqual([verb, as, false]);
      const path = `${maps("shop")}/a`;
      expect(await may(fenced, { path, as: serviceAccount(namespace, "mighty") })).toBe(false);
    },
  );

  test("nothing that is in no namespace can be reached", async () => {
    for (const path of ["/api/v1/nodes/a", "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin"])
      expect(await may(asker("plug-couple", "named"), { path, as: serviceAccount("elsewhere", "mighty") })).toBe(false);
  });

  test("with impersonation.kinds no other kind can be", async () => {
    const fenced = asker("plug-couple", "fenced");
    const as = serviceAccount("shop", "mighty");
    expect(await may(fenced, { path: `${maps("shop")}/a`, as })).toBe(true);
    for (const path of ["/api/v1/namespaces/shop/secrets/a", "/apis/apps/v1/namespaces/shop/deployments/a"])
      expect([path, await may(fenced, { path, as })]).toEqual([path, false]);
  });

  test("with impersonation.serviceAccounts no account of another name can be acted as", async () => {
    const named = asker("plug-couple", "named");
    const path = `${maps("elsewhere")}/a`;
    expect(await may(named, { path, as: serviceAccount("elsewhere", "mighty") })).toBe(true);
    expect((await named.ask({ path, as: serviceAccount("elsewhere", "default") })).message).toContain(
      'cannot impersonate:serviceaccount resource "serviceaccounts"',
    );
  });

  test("impersonation=legacy lets through every verb, in those namespaces alone", async () => {
    const older = asker("plug-couple", "older");
    for (const [verb, request] of Object.entries(everyVerb("data")))
      expect([verb, await may(older, { ...request, as: serviceAccount("data", "mighty") })]).toEqual([verb, true]);
    for (const namespace of ["kube-system", "shop", "elsewhere"])
      expect(await may(older, { path: `${maps("data")}/a`, as: serviceAccount(namespace, "mighty") })).toBe(false);
  });
});
