import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Target } from "../../../../cli/deploy/values/values.ts";
import { annotations, finalizer } from "../../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { type Answer, type Identity, type OwnApiServer, startApiServer } from "../../../api-server/api-server.ts";
import { accountsAndRoles, type Ground, provideIdentities } from "../../../api-server/identities.ts";
import { connectTo, eventually, openNamespace } from "../../../api-server/live-ground.ts";
import { startPlugboardRun } from "../../../api-server/plugboard-run.ts";
import { plugboardCrds } from "../../../api-server/shared-api-server.ts";
import { type Accounts, beginOnCluster, type ClusterLife } from "../../../scenarios/life/cluster-life.ts";
import { isCoupledPlug, plugIn, says, there } from "../../../scenarios/life/looks.ts";
import { plug, socket } from "../../../scenarios/life/manifests.ts";
import { configMapKey, plugKey, role, socketKey, template } from "../../../worlds/manifests.ts";
import { spawned } from "../../terminal.ts";

const made = { resources: [{ template: template("made", { a: "b" }) }] };
const unclaimed = JSON.stringify({ metadata: { finalizers: null } });

function policies(target: Target, ...settings: readonly string[]): readonly KubeObject[] {
  return accountsAndRoles(["guard.enabled=true", ...settings], [target]).filter(({ kind }) =>
    kind.startsWith("Validating"),
  );
}

const targets: readonly (readonly [Target, Accounts])[] = [
  ["standalone", "one for all"],
  ["knative", "one for each"],
];

describe.each(targets)("the guard of --target %s", (target, as) => {
  let server: OwnApiServer;
  let ground: Ground;
  let life: ClusterLife;
  let tenant: Identity;

  beforeAll(async () => {
    server = await startApiServer({ crds: plugboardCrds() });
    ground = await provideIdentities(server);
  });

  beforeEach(async () => {
    await server.apply(policies(target));
    life = await beginOnCluster(undefined, {}, { as, ground });
    // It may do everything in its namespace.
    tenant = await server.asServiceAccount({ namespace: life.app, name: "default" });
    await eventually(async () => (await forge()).stderr.includes("Only Plugboard"), true);
  });

  afterEach(() => life.stop());
  afterAll(() => server.stop());

  /** A status made up by the tenant, on a plug that is not even there yet. */
  async function forge(name = "probe"): Promise<Answer> {
    await tenant.kubectl(["create", "-f", "-", "--validate=false"], JSON.stringify(plug(life, {}, name)));
    return patched(tenant, name, { status: { coupledSocket: { name: "db" } } }, "--subresource=status");
  }

  function patched(who: Identity, name: string, patch: object, ...flags: readonly string[]): Promise<Answer> {
    const what = ["plugs.integration.rock8s.com", name, "-n", life.app, "--type=merge", "-p", JSON.stringify(patch)];
    return who.kubectl(["patch", ...what, ...flags]);
  }

  async function coupled(spec: object = {}, name = "web"): Promise<void> {
    await life.apply(socket(life), plug(life, { ...spec }, name));
    await life.until("coupled", async () => isCoupledPlug(await plugIn(life, name)));
  }

  async function gone(key: ObjectKey): Promise<void> {
    await life.until(`${key.kind} ${key.name} gone`, async () => (await life.kube.get(key)) === undefined);
  }

  test("refuses a tenant what only Plugboard does, says what to do instead, and lets Plugboard live a whole life", async () => {
    await coupled(made);
    const before = await there(life, plugKey("web", life.app));
    expect(before.metadata.finalizers).toEqual([finalizer]);
    const told = async (answer: Promise<Answer>): Promise<string> => (await answer).stderr;
    expect(await told(patched(tenant, "web", { status: { refs: [] } }, "--subresource=status"))).toContain(
      "Only Plugboard writes the status of Plugs and Sockets. Change spec instead",
    );
    for (const who of [tenant, server])
      expect(await told(patched(who, "web", { metadata: { finalizers: null } }))).toContain(
        `Only Plugboard removes the finalizer ${finalizer}. Delete the object and keep the finalizer`,
      );
    const forged = {
      ...plug(life, {}, "forged"),
      metadata: { namespace: life.app, name: "forged", finalizers: [finalizer] },
    };
    expect(await told(tenant.kubectl(["create", "--validate=false", "-f", "-"], JSON.stringify(forged)))).toContain(
      `Only Plugboard adds the finalizer ${finalizer}. Leave it out`,
    );
    expect(await there(life, plugKey("web", life.app))).toEqual(before);

    const open = { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec: { epoch: "2" } };
    expect((await patched(tenant, "web", open)).code).toBe(0);
    expect((await patched(tenant, "web", { metadata: { finalizers: [finalizer, "example.com/mine"] } })).code).toBe(0);
    expect((await patched(tenant, "web", { metadata: { finalizers: [finalizer] } })).code).toBe(0);
    await life.until("updated", async () => (await plugIn(life)).status?.performed?.revision === 2);
    expect((await tenant.kubectl(["delete", "plug", "web", "-n", life.app, "--timeout=300s"])).code).toBe(0);
    expect(await life.kube.get(configMapKey(life.app, "made"))).toBeUndefined();
    await life.kube.delete(socketKey("db", life.db));
    await gone(socketKey("db", life.db));
    expect(life.broken).toEqual([]);
  });

  test("leaves force-remove, the garbage collector and the deletion of a namespace open", async () => {
    const owner: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: life.app, name: "owner" } };
    const { metadata } = await life.kube.create(owner);
    await coupled(made);
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: metadata.uid }];
    expect((await patched(tenant, "web", { metadata: { ownerReferences } })).code).toBe(0);
    await tenant.kubectl(["delete", "configmap", "owner", "-n", life.app, "--cascade=foreground", "--wait=false"]);
    await gone(plugKey("web", life.app));

    await coupled(made, "stuck");
    await life.apply(role(life.app, [{ apiGroups: ["integration.rock8s.com"], resources: ["*"], verbs: ["*"] }]));
    await tenant.kubectl(["delete", "plug", "stuck", "-n", life.app, "--wait=false"]);
    await life.until("stuck", async () => says(await plugIn(life, "stuck"), "Ready").includes("Forbidden"));
    expect(
      (await patched(tenant, "stuck", { metadata: { annotations: { [annotations.forceRemove]: "true" } } })).code,
    ).toBe(0);
    await gone(plugKey("stuck", life.app));

    await coupled({}, "last");
    await life.kube.delete({ apiVersion: "v1", kind: "Namespace", name: life.app });
    await gone({ apiVersion: "v1", kind: "Namespace", name: life.app });
  });
});

test.each(["standalone", "knative"] as const)(
  "the guard of --target %s admits the users and groups that it is told of, and nobody else",
  async (target) => {
    await using server = await startApiServer({ crds: plugboardCrds() });
    await server.apply(policies(target, "guard.users=jane,joe@example.com", "guard.groups=repairers"));
    await server.apply([plug({ app: "default", db: "default" }, {})]);
    const patch = ["patch", "plug", "web", "--type=merge", "--subresource=status", "-p", '{"status":{"revision":1}}'];
    const answers = async (...as: readonly string[]) => (await server.kubectl([...patch, ...as])).stderr;
    await eventually(async () => (await answers()).includes("Only Plugboard writes the status"), true);
    const anyGroup = "--as-group=system:masters";
    expect(await answers("--as=jane", anyGroup)).toBe("");
    expect(await answers("--as=joe@example.com", anyGroup)).toBe("");
    expect(await answers("--as=anybody", anyGroup, "--as-group=repairers")).toBe("");
    for (const other of ["jan", "repairers", "plugboard"])
      expect(await answers(`--as=${other}`, anyGroup)).toContain("Only Plugboard writes the status");
  },
  60_000,
);

test("the guard goes first when Plugboard is uninstalled, which then lets go of everything", async () => {
  await using server = await startApiServer({ crds: plugboardCrds() });
  const { kubeconfigOf } = await provideIdentities(server);
  const kube = await connectTo(server, "person");
  const sides = { app: await openNamespace(kube, "app"), db: await openNamespace(kube, "db") };
  await server.apply(policies("standalone"));
  const [kubeconfigPath, operatorNamespace] = [kubeconfigOf("plugboard"), "plugboard"];
  const plugboard = await startPlugboardRun({ kubeconfigPath, operatorNamespace, namespaces: [] });
  await server.apply([socket(sides), plug(sides, made)]);
  await server.run(["wait", "plug/web", "-n", "app", "--for=condition=Ready", "--timeout=300s"]);
  expect(await plugboard.stop()).toBe(0);
  const refused = await server.kubectl(["patch", "plug", "web", "-n", "app", "--type=merge", "-p", unclaimed]);
  expect(refused.stderr).toContain("Only Plugboard removes the finalizer");

  const { code, stdout } = await spawned(["uninstall", "--kubeconfig", server.kubeconfigPath]);
  const removed = "removed ValidatingAdmissionPolicyBinding plugboard-guard";
  expect([code, stdout]).toEqual([0, expect.stringContaining(removed)]);
  const kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
  expect((await server.run(["get", kinds, "-o", "name"])).trim()).toBe("");
  const left = await server.run(["get", "plugs,sockets", "-A", "-o", "jsonpath={.items[*].metadata.finalizers}"]);
  expect(left).toBe("");
  expect(await kube.get(configMapKey("app", "made"))).toBeUndefined();
  await kube.close();
});
