import { expect, test } from "@jest/globals";
import { group } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start } from "../../worlds/worlds.ts";

const operator = { namespace: operatorNamespace, name: "operator" };
const rbac = "rbac.authorization.k8s.io";

/** A Role of a namespace, and its binding to a service account. */
function right(namespace: string, to: typeof operator, name: string, rule: object): readonly KubeObject[] {
  const metadata = { name, namespace };
  return [
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: [rule] },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", ...to }],
    },
  ];
}

function rightsIn(namespace: string): readonly KubeObject[] {
  const ours = ["plugs", "sockets", "deferredresources"].flatMap((kind) => [kind, `${kind}/status`]);
  return [
    ...right(namespace, operator, "ours", {
      apiGroups: [group],
      resources: ours,
      verbs: ["get", "list", "watch", "patch", "update"],
    }),
    ...right(namespace, operator, "inputs", {
      apiGroups: [""],
      resources: ["configmaps", "secrets", "pods"],
      verbs: ["get", "list", "watch"],
    }),
    ...right(namespace, operator, "events", { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] }),
    ...right(namespace, { namespace, name: "default" }, "makes", {
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "create", "patch", "delete"],
    }),
  ];
}

const template = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "made" },
  data: { by: "{% .plug.metadata.name %}" },
};
const socket = socketWith("sock", { limit: 1, validation: { namespaceWhitelist: ["app"] }, resources: [{ template }] });
const plug = plugWith("p", { socket: { name: "sock", namespace: "db" } });

test("with rights in some namespaces alone a plug couples, and a socket can be deleted", async () => {
  const world = await makeWorld({ rbac: true });
  const { kube } = world.cluster;
  const own = right(operatorNamespace, operator, "own", {
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  });
  await world.cluster.load([...["app", "db"].flatMap(rightsIn), ...own]);
  const acting = kube.as(operator);
  const plugboard = await start(world, {
    kube: { ...acting, as: (account) => kube.as(account) },
    namespaces: ["app", "db"],
  });
  await apply(kube, socket, plug);
  await rest(world, plugboard);
  expect(await kube.get({ ...template, namespace: "db", name: "made" })).toMatchObject({ data: { by: "p" } });
  await kube.delete(socketKey("sock"));
  await rest(world, plugboard);
  expect(await kube.get(socketKey("sock"))).toBeUndefined();
  expect(await kube.get({ ...template, namespace: "db", name: "made" })).toBeUndefined();
  expect(await kube.get(plugKey("p"))).toMatchObject({
    status: { conditions: expect.arrayContaining([expect.objectContaining({ type: "Coupled", status: "False" })]) },
  });
  await plugboard.stop();
  expect(world.broken).toEqual([]);
});
