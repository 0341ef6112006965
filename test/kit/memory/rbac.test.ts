import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";

const group = "rbac.authorization.k8s.io";

describe("roles and bindings in the in-memory cluster", () => {
  let kube: Kube;
  let robot: Kube;
  const robotSubject = { kind: "ServiceAccount", namespace: "default", name: "robot" };
  const role = (
    kind: string,
    name: string,
    rules: readonly unknown[],
    labels: Record<string, string> = {},
  ): KubeObject => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name, labels, ...(kind === "Role" ? { namespace: "default" } : {}) },
    rules,
  });
  const binding = (kind: string, of: { kind: string; name: string }, subject: unknown): KubeObject => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: of.name, ...(kind === "RoleBinding" ? { namespace: "default" } : {}) },
    roleRef: { apiGroup: group, ...of },
    subjects: [subject],
  });
  const reads = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };

  beforeEach(async () => {
    kube = createMemoryCluster({ clock: handClock(), rbac: true }).kube;
    robot = kube.as({ namespace: "default", name: "robot" });
    await kube.create(configMap("default", "a"));
    await kube.create(configMap("kube-public", "a"));
  });

  test("a ClusterRole bound in a namespace holds there alone", async () => {
    await kube.create(role("ClusterRole", "reader", [reads]));
    await kube.create(binding("RoleBinding", { kind: "ClusterRole", name: "reader" }, robotSubject));
    expect(await robot.get(configMapKey("default", "a"))).toBeDefined();
    await expect(robot.get(configMapKey("kube-public", "a"))).rejects.toMatchObject({ name: "Forbidden" });
  });

  test("a ClusterRole bound cluster-wide holds everywhere", async () => {
    await kube.create(role("ClusterRole", "reader", [reads]));
    await kube.create(binding("ClusterRoleBinding", { kind: "ClusterRole", name: "reader" }, robotSubject));
    expect(await robot.get(configMapKey("kube-public", "a"))).toBeDefined();
  });

  test("a rule for names holds for these alone", async () => {
    await kube.create(role("Role", "one", [{ ...reads, resourceNames: ["a"] }]));
    await kube.create(binding("RoleBinding", { kind: "Role", name: "one" }, robotSubject));
    expect(await robot.get(configMapKey("default", "a"))).toBeDefined();
    await expect(robot.get(configMapKey("default", "b"))).rejects.toMatchObject({ name: "Forbidden" });
  });

  test("stars hold for all, and a group for its members", async () => {
    await kube.create(role("ClusterRole", "all", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]));
    const members = { kind: "Group", name: "system:serviceaccounts:default" };
    await kube.create(binding("ClusterRoleBinding", { kind: "ClusterRole", name: "all" }, members));
    expect(await robot.delete(configMapKey("default", "a"))).toBe(true);
    const stranger = kube.as({ namespace: "kube-public", name: "robot" });
    await expect(stranger.get(configMapKey("default", "a"))).rejects.toMatchObject({ name: "Forbidden" });
  });

  test("an aggregated ClusterRole has the rules of those it selects", async () => {
    const aggregate = {
      ...role("ClusterRole", "edit", []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: "edit" } }] },
    };
    await kube.create(aggregate);
    await kube.create(role("ClusterRole", "part", [reads], { to: "edit" }));
    await kube.create(binding("RoleBinding", { kind: "ClusterRole", name: "edit" }, robotSubject));
    expect(await robot.get(configMapKey("default", "a"))).toBeDefined();
  });

  test("a right that is taken away is missing again", async () => {
    await kube.create(role("Role", "reader", [reads]));
    const bound = await kube.create(binding("RoleBinding", { kind: "Role", name: "reader" }, robotSubject));
    expect(await robot.get(configMapKey("default", "a"))).toBeDefined();
    await kube.delete({ ...bound, namespace: "default", name: "reader" });
    await expect(robot.get(configMapKey("default", "a"))).rejects.toMatchObject({ name: "Forbidden" });
  });
});
