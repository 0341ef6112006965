import { expect, test } from "@jest/globals";
import { restoreCheck } from "../../../cli/takeover/restore-check.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

const socket: KubeObject = socketWith("sock");
const plug = (name: string): KubeObject => plugWith(name, { socket: { name: "sock", namespace: "db" } });

async function coupled(...names: readonly string[]): Promise<World> {
  const world = await makeWorld();
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, ...names.map(plug));
  await rest(world, plugboard);
  await plugboard.stop();
  return world;
}

async function check({ cluster }: World): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = [];
  const code = await restoreCheck(cluster.kube, { operatorNamespace, say: (line) => lines.push(line) });
  return { code, said: lines.join("\n") };
}

async function takeAway({ cluster }: World, name: string): Promise<void> {
  await cluster.kube.patch(plugKey(name), { metadata: { finalizers: null } });
  await cluster.kube.delete(plugKey(name));
}

/** As if it had been written elsewhere: labels of snapshots are all that may change. */
async function relabel({ cluster }: World, labels: { readonly [label: string]: string }): Promise<void> {
  for (const { kind, metadata } of cluster.objects())
    if (kind === "Secret" && metadata.labels?.[snapshotLabels.of] !== undefined)
      await cluster.kube.patch(
        { apiVersion: "v1", kind, namespace: operatorNamespace, name: metadata.name },
        { metadata: { labels } },
      );
}

test("counts what is in use, and names what would be adopted because a plug was made again or lost its status", async () => {
  const world = await coupled("one", "two", "three", "four");
  await takeAway(world, "one");
  await apply(world.cluster.kube, plug("one"));
  await takeAway(world, "two");
  await world.cluster.kube.replaceStatus({ ...plug("three"), status: {} });
  const { code, said } = await check(world);
  expect(code).toBe(0);
  expect(said).toMatch(/Plug app\/one, socket db\/sock, revision 1 \(plugboard-.*\): Same cluster and namespaces/);
  expect(said).toMatch(/Plug app\/two, .* admit the plug. Plugboard waits until the plug is created/);
  expect(said).toMatch(/Plug app\/three, .* status of the plug was lost/);
  expect(said).not.toContain("app/four");
  expect(said).toContain("Snapshots: 1 in use, 3 to adopt, 0 whose coupling ends.");
});

test("names what is of another cluster, and is adopted by name", async () => {
  const world = await coupled("one");
  await takeAway(world, "one");
  await relabel(world, { [snapshotLabels.clusterUid]: "another" });
  const { code, said } = await check(world);
  expect([code, said]).toEqual([0, expect.stringContaining("app/one, socket db/sock, revision 1")]);
  expect(said).toContain("From another cluster");
});

test("says which couplings would end, with the uid that the annotation takes", async () => {
  const world = await coupled("one");
  await takeAway(world, "one");
  await relabel(world, { [snapshotLabels.plugNamespaceUid]: "former" });
  const uid = (await world.cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "app" }))?.metadata.uid;
  const { code, said } = await check(world);
  expect(code).toBe(1);
  expect(said).toContain("A namespace has another uid");
  expect(said).toContain(`Recorded namespaces: app ${uid}`);
  expect(said).toContain("Snapshots: 0 in use, 0 to adopt, 1 whose coupling ends.");
});
