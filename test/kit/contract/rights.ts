import { beforeEach, expect, test } from "@jest/globals";
import type { Kube, ServiceAccountName } from "../../../kit/kube/port.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { type ClusterUnderTest, eventually, installWidget, type Open, widget } from "./ground.ts";

/** What acting as a service account promises. */
export function describeRights(open: Open): void {
  let cluster: ClusterUnderTest;
  let namespace: string;
  let robot: Kube;
  const grant = (resources: string[], verbs: string[], apiGroups = [""]): Promise<void> =>
    cluster.allow({ namespace, name: "robot" }, { apiGroups, resources, verbs });
  const refusal = (words: string): object => ({
    name: "Forbidden",
    quote: expect.stringContaining(`User "system:serviceaccount:${namespace}:robot" cannot ${words}`),
  });

  beforeEach(async () => {
    cluster = await open();
    namespace = cluster.namespace;
    robot = cluster.kube.as({ namespace, name: "robot" });
  });

  test("a right that is missing is Forbidden, naming who, the verb, the resource and where", async () => {
    const where = `resource "configmaps" in API group "" in the namespace "${namespace}"`;
    const object = configMap(namespace, "a");
    const key = configMapKey(namespace, "a");
    await cluster.kube.create(object);
    await expect(robot.get(key)).rejects.toMatchObject(refusal(`get ${where}`));
    await expect(robot.get(key)).rejects.toMatchObject({
      quote: expect.stringContaining('configmaps "a" is forbidden'),
    });
    await expect(robot.getMetadata(key)).rejects.toMatchObject(refusal(`get ${where}`));
    await expect(robot.list({ apiVersion: "v1", kind: "ConfigMap", namespace })).rejects.toMatchObject(
      refusal(`list ${where}`),
    );
    await expect(robot.create(object)).rejects.toMatchObject(refusal(`create ${where}`));
    await expect(robot.apply(object, { fieldManager: "a", force: true })).rejects.toMatchObject(
      refusal(`patch ${where}`),
    );
    await expect(robot.patch(key, { data: {} })).rejects.toMatchObject(refusal(`patch ${where}`));
    await expect(robot.delete(key)).rejects.toMatchObject(refusal(`delete ${where}`));
    expect(await cluster.kube.get(key)).toBeDefined();
  });

  test.each([
    ["", "no name"],
    ["robot:admin", "a colon"],
    ["../admin", "a slash"],
    ["Robot", "a capital letter"],
    ["-robot", "a hyphen first"],
    ["robot.", "a dot last"],
    ["ro..bot", "two dots"],
    ["robot\r\nimpersonate-group: system:masters", "more lines"],
    ["röbot", "a letter beyond ASCII"],
    ["r".repeat(254), "254 characters"],
  ])("what can be no service account is InvalidInput before anything is asked: %j (%s)", async (name) => {
    const refused = { name: "InvalidInput", message: expect.stringContaining("is not a valid name of") };
    const asked = async (account: ServiceAccountName) => cluster.kube.as(account).get(configMapKey(namespace, "a"));
    await expect(asked({ namespace, name })).rejects.toMatchObject(refused);
    await expect(asked({ namespace: name, name: "robot" })).rejects.toMatchObject(refused);
    await expect(asked({ namespace: `${namespace}.a`, name: "robot" })).rejects.toMatchObject(refused);
  });

  test("a name of several parts, of 253 characters, is a service account's", async () => {
    const name = `robot.${"r".repeat(247)}`;
    await expect(cluster.kube.as({ namespace, name }).get(configMapKey(namespace, "a"))).rejects.toMatchObject({
      name: "Forbidden",
      quote: expect.stringContaining(`"system:serviceaccount:${namespace}:${name}"`),
    });
  });

  test("a missing right is no namespace that ends", async () => {
    await expect(robot.create(configMap(namespace, "a"))).rejects.toMatchObject({ namespaceTerminating: false });
  });

  test("a granted right works, here and for this verb alone", async () => {
    const elsewhere = await cluster.another();
    await grant(["configmaps"], ["get", "create"]);
    await allowed(() => robot.create(configMap(namespace, "a", { x: "1" })));
    expect(await robot.get(configMapKey(namespace, "a"))).toMatchObject({ data: { x: "1" } });
    await expect(robot.delete(configMapKey(namespace, "a"))).rejects.toMatchObject({ name: "Forbidden" });
    await expect(robot.get(configMapKey(elsewhere, "a"))).rejects.toMatchObject({ name: "Forbidden" });
  });

  test("an apply that creates needs the right to create too", async () => {
    await grant(["configmaps"], ["patch"]);
    const options = { fieldManager: "a", force: true };
    await cluster.kube.create(configMap(namespace, "there"));
    await allowed(() => robot.apply(configMap(namespace, "there", { x: "1" }), options));
    await expect(robot.apply(configMap(namespace, "new"), options)).rejects.toMatchObject(
      refusal('create resource "configmaps"'),
    );
  });

  test("the status is a resource of its own", async () => {
    await installWidget(cluster.kube);
    const created = await cluster.kube.create(widget(namespace, "w"));
    await grant(["widgets"], ["get", "update", "patch"], ["contract.rock8s.com"]);
    await allowed(async () =>
      expect(await robot.get({ ...widget(namespace, "w"), namespace, name: "w" })).toBeDefined(),
    );
    const words = 'update resource "widgets/status" in API group "contract.rock8s.com"';
    await expect(robot.replaceStatus({ ...created, status: { phase: "Up" } })).rejects.toMatchObject(refusal(words));
  });

  test("the cluster at large is another place", async () => {
    await grant(["configmaps"], ["list"]);
    await allowed(() => robot.list({ apiVersion: "v1", kind: "ConfigMap", namespace }));
    await expect(robot.list({ apiVersion: "v1", kind: "ConfigMap" })).rejects.toMatchObject(
      refusal('list resource "configmaps" in API group "" at the cluster scope'),
    );
  });

  test("a watch needs the right to watch", async () => {
    const watch = robot.watch({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace,
      resourceVersion: "1",
      signal: AbortSignal.timeout(10_000),
    });
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal('watch resource "configmaps"'));
  });

  /** A grant reaches the authorizer a moment after it is written. */
  function allowed(call: () => Promise<unknown>): Promise<true> {
    return eventually("the grant is in force", async () => {
      try {
        await call();
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "Forbidden") return undefined;
        throw error;
      }
    });
  }
}
