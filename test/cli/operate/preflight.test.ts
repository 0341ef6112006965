import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { preflight, sayOlderKubernetes } from "../../../cli/operate/preflight.ts";
import { Forbidden, Throttled, Unavailable } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { makeWorld } from "../../worlds/worlds.ts";
import { typed } from "../terminal.ts";

// Commands start processes and load much: on a busy machine that may take its time.
const options = { operatorNamespace: "operators", namespaces: undefined };

test("without the CRDs it says how they are installed", async () => {
  const { kube } = createMemoryCluster({ clock: handClock() });
  await expect(preflight(kube, options)).rejects.toThrow(
    "the cluster does not serve kind Plug of integration.rock8s.com/v1beta1. Install the CRDs first: plugboard crds | kubectl apply --server-side -f -",
  );
});

test("it makes its own namespace where it may", async () => {
  const { cluster } = await makeWorld();
  await preflight(cluster.kube, options);
  await preflight(cluster.kube, options);
  expect(await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "operators" })).toBeDefined();
});

test("while the API server reads new CRDs it waits as it is asked to, and not for ever", async () => {
  const { cluster } = await makeWorld();
  const throttling = (times: number) => {
    const waits: number[] = [];
    const kube = interceptedKube(cluster.kube, async ({ kind, verb }, perform) => {
      if (kind !== "Plug" || verb !== "list" || waits.length >= times) return await perform();
      throw new Throttled("storage is (re)initializing", 2);
    });
    const done = preflight(kube, { ...options, wait: async (milliseconds) => waits.push(milliseconds) });
    return { waits, done };
  };
  const short = throttling(3);
  await short.done;
  expect(short.waits).toEqual([2_000, 2_000, 2_000]);
  await expect(throttling(1_000).done).rejects.toThrow("storage is (re)initializing");
});

test("where it may not, it says who has to make the namespace; a missing right is named", async () => {
  const { cluster } = await makeWorld({ rbac: true });
  const account = cluster.kube.as({ namespace: "app", name: "operator" });
  await expect(preflight(account, options)).rejects.toThrow(/Create it \(kubectl create namespace operators\)/);
  const everywhere = (name: string, rules: readonly object[]) => [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      subjects: [{ kind: "ServiceAccount", namespace: "app", name: "operator" }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    },
  ];
  await cluster.load(everywhere("namespaces", [{ apiGroups: [""], resources: ["namespaces"], verbs: ["*"] }]));
  await expect(preflight(account, options)).rejects.toThrow(
    /Plugboard needs a right that it does not have: .*cannot list resource "plugs"/,
  );
});

test("a cluster that is not there is one sentence, and exit code 1", async () => {
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "plugboard-run-")), "kubeconfig");
  const server = "http://127.0.0.1:1";
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  const { code, stderr } = await typed("run", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^plugboard: cannot reach the API server at http:\/\/127\.0\.0\.1:1 .*\(connection refused\); check that the cluster runs, .*\n$/,
  );
});

test.each([
  [{ major: "1", minor: "34+" }, "this cluster is Kubernetes 1.34, which has no constrained impersonation"],
  [{ major: "1", minor: "30" }, "Install Plugboard with --set impersonation=legacy"],
  [{ major: "1", minor: "36" }, undefined],
  [{ major: "2", minor: "0" }, undefined],
  ["something else", undefined],
])("of a cluster of version %j it says what is missing there", async (version, said) => {
  const told = await sayOlderKubernetes(async () => version);
  if (said === undefined) expect(told).toBeUndefined();
  else expect(told).toContain(said);
});

test("where the version may not be read nothing is said of it, and an outage is one", async () => {
  const failing = (error: Error) => async () => Promise.reject(error);
  expect(await sayOlderKubernetes(failing(new Forbidden("no")))).toBeUndefined();
  await expect(sayOlderKubernetes(failing(new Unavailable("away")))).rejects.toThrow("away");
});
