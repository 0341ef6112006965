import { describe, expect, test } from "@jest/globals";
import { refuseBesideIntegrationOperator } from "../../../cli/takeover/integration-operator.ts";
import { Forbidden } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { makeWorld, type World } from "../../worlds/worlds.ts";

function lease({ clock }: World, spec: object = {}): KubeObject {
  const renewTime = new Date(clock.now()).toISOString().replace("Z", "000Z");
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "cb0904ca.rock8s.com", namespace: "db" },
    spec: { holderIdentity: "operator-1_x", leaseDurationSeconds: 15, renewTime, ...spec },
  };
}

function deployment(readyReplicas: number): KubeObject {
  const labels = { "app.kubernetes.io/name": "integration-operator" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "example/operator" }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "integration-operator", namespace: "app", labels },
    spec: { selector: { matchLabels: labels }, template },
    status: { readyReplicas },
  };
}

async function runWith({ cluster }: World, readyReplicas: number): Promise<void> {
  await cluster.load([deployment(readyReplicas)]);
  await cluster.kube.replaceStatus(deployment(readyReplicas));
}

function check({ cluster, clock }: World, namespaces: readonly string[] = []): Promise<void> {
  return refuseBesideIntegrationOperator(cluster.kube, { now: clock.now(), namespaces });
}

describe("plugboard run beside the operator that was here before", () => {
  test("is refused while its Lease is held, in whatever namespace, and says what to do", async () => {
    const world = await makeWorld();
    await world.cluster.load([lease(world)]);
    await expect(check(world)).rejects.toThrow(/Lease db\/cb0904ca\.rock8s\.com is held by operator-1_x.*--replicas=0/);
  });

  test("is let in once that Lease has run out, or was given back", async () => {
    const world = await makeWorld();
    await world.cluster.load([lease(world)]);
    await world.clock.advance(60_000);
    await expect(check(world)).resolves.toBeUndefined();
    await world.cluster.load([lease(world, { holderIdentity: "" })]);
    await expect(check(world)).resolves.toBeUndefined();
  });

  test("is refused while its Deployment has ready replicas, and let in when it has none", async () => {
    const world = await makeWorld();
    await runWith(world, 1);
    await expect(check(world)).rejects.toThrow("Deployment app/integration-operator has ready replicas");
    await runWith(world, 0);
    await expect(check(world)).resolves.toBeUndefined();
  });

  test("looks where it may: in the namespaces it serves", async () => {
    const world = await makeWorld();
    await world.cluster.load([lease(world)]);
    const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
      if (request.verb === "list" && request.namespace === undefined) throw new Forbidden("not everywhere");
      return await perform();
    });
    const narrowed = { ...world, cluster: { ...world.cluster, kube } };
    await expect(check(narrowed, ["app"])).resolves.toBeUndefined();
    await expect(check(narrowed, ["app", "db"])).rejects.toThrow("is held by");
  });
});
