import { describe, expect, test } from "@jest/globals";
import { type ApiServer, sharedApiServer, startApiServer } from "./api-server.ts";

const server = sharedApiServer();
const within = "--timeout=300s";

function configMap(name: string, namespace: string, ownerReferences: readonly object[] = []): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, ownerReferences },
    data: { colour: "green" },
  };
}

async function ownerReferenceTo(name: string, namespace: string): Promise<object> {
  const uid = await server.run(["get", "configmap", name, "-n", namespace, "-o", "jsonpath={.metadata.uid}"]);
  return { apiVersion: "v1", kind: "ConfigMap", name, uid };
}

async function names(kind: string, namespace: string, by: ApiServer = server): Promise<readonly string[]> {
  const list = await by.run(["get", kind, "-n", namespace, "-o", "name"]);
  return list.split("\n").filter((line) => line !== "");
}

describe("the API server the tests run against", () => {
  test("is of the release that is pinned", async () => {
    const { serverVersion } = JSON.parse(await server.run(["version", "-o", "json"]));
    expect(serverVersion).toMatchObject({ gitVersion: "v1.36.3", major: "1", minor: "36" });
  });

  test("gives a new namespace its default service account", async () => {
    const namespace = await server.freshNamespace();
    expect(await names("serviceaccount", namespace)).toEqual(["serviceaccount/default"]);
  });

  test("collects what is owned when its owner goes, and nothing else", async () => {
    const namespace = await server.freshNamespace();
    await server.apply([configMap("owner", namespace), configMap("bystander", namespace)]);
    await server.apply([configMap("owned", namespace, [await ownerReferenceTo("owner", namespace)])]);
    await server.run(["delete", "configmap", "owner", "-n", namespace]);
    await server.run(["wait", "--for=delete", "configmap/owned", "-n", namespace, within]);
    expect(await names("configmap", namespace)).toEqual(["configmap/bystander"]);
  });

  test("ends a deleted namespace with all that is in it", async () => {
    const namespace = await server.freshNamespace();
    await server.apply([configMap("inside", namespace)]);
    await server.run(["delete", "namespace", namespace, within]);
    expect((await server.kubectl(["get", "namespace", namespace])).stderr).toContain("NotFound");
    expect(await names("configmap", namespace)).toEqual([]);
  });

  test("makes the Pod of a Job, and completes the Job when the Pod's phase says so", async () => {
    const namespace = await server.freshNamespace();
    await server.run(["create", "job", "once", "--image=none", "-n", namespace]);
    await server.run(["wait", "--for=create", "pod", "-l", "job-name=once", "-n", namespace, within]);
    const [pod] = await names("pod", namespace);
    const succeeded = JSON.stringify({ status: { phase: "Succeeded" } });
    await server.run(["patch", pod ?? "", "-n", namespace, "--subresource=status", "--type=merge", "-p", succeeded]);
    await server.run(["wait", "--for=condition=Complete", "job/once", "-n", namespace, within]);
    expect(await names("job", namespace)).toEqual(["job.batch/once"]);
  });

  test("refuses a service account what no role grants it, and allows it once one does", async () => {
    const namespace = await server.freshNamespace();
    const account = await server.asServiceAccount({ namespace, name: "default" });
    const refused = await account.kubectl(["get", "configmaps", "-n", namespace]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `User "system:serviceaccount:${namespace}:default" cannot list resource "configmaps"`,
    );
    await server.run(["create", "role", "reader", "--verb=list", "--resource=configmaps", "-n", namespace]);
    const granted = ["create", "rolebinding", "reader", "--role=reader", `--serviceaccount=${namespace}:default`];
    await server.run([...granted, "-n", namespace]);
    expect(await account.kubectl(["get", "configmaps", "-n", namespace])).toMatchObject({ code: 0 });
  });

  test("knows a user by name alone, without a right", async () => {
    const jane = await server.asUser("jane");
    const answer = await jane.kubectl(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"]);
    expect(answer).toMatchObject({ code: 0, stdout: "jane" });
    expect(await jane.kubectl(["auth", "can-i", "list", "configmaps"])).toMatchObject({ code: 1, stdout: "no\n" });
  });

  test("writes down who asked for what", async () => {
    const namespace = await server.freshNamespace();
    await server.apply([configMap("counted", namespace)]);
    const requests = (await server.auditedRequests()).filter((request) => request.namespace === namespace);
    expect(requests).toContainEqual(
      expect.objectContaining({
        user: "envtest-admin",
        verb: "patch",
        resource: "configmaps",
        name: "counted",
        code: 201,
      }),
    );
  });
});

test("a test file may start an API server of its own, as it needs it, and leaves nothing running", async () => {
  const flags = { "max-requests-inflight": "800", "enable-priority-and-fairness": "false" };
  const own = await startApiServer({ controllers: [], auditLog: false, apiServerFlags: flags });
  await own.apply([configMap("here", "default")]);
  expect(await names("configmap", "default", own)).toEqual(["configmap/here"]);
  expect(await names("configmap", "default")).not.toContain("configmap/here");
  await expect(own.auditedRequests()).rejects.toThrow("auditLog: false");
  await own.stop();
  expect((await own.kubectl(["get", "namespaces"])).stderr).not.toBe("");
});
