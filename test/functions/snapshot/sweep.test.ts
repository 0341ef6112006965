import { expect, test } from "@jest/globals";
import { Forbidden, Unavailable } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "made" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/x" }] } } },
};

test("what a plug that vanished made goes, although Plugboard may not list its kind: the snapshot tells its name", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const withoutJobs = interceptedKube(kube, async ({ verb, kind, as }, perform) => {
    if (kind === "Job" && as === undefined && (verb === "list" || verb === "watch" || verb === "getMetadata"))
      throw new Forbidden(`may not ${verb} jobs`);
    return perform();
  });
  const plugboard = await start(world, { kube: withoutJobs });
  await apply(kube, socketWith("pg", {}), plugWith("shop", { resources: [{ template: job }] }));
  await rest(world, plugboard);
  expect(jobs(world.cluster.objects())).toEqual(["made"]);
  await vanish(world, plugboard);
  await plugboard.stop();
  expect(jobs(world.cluster.objects())).toEqual([]);
  expect(world.cluster.objects().filter(({ metadata }) => metadata.namespace === operatorNamespace)).toEqual([]);
});

type Plugboard = Awaited<ReturnType<typeof start>>;

/** Takes a plug away with nobody asked, and lets time pass until nothing is left to be swept. */
async function vanish(world: World, plugboard: Plugboard): Promise<void> {
  const { kube } = world.cluster;
  await kube.delete(plugKey("shop"));
  await kube.patch(plugKey("shop"), { metadata: { finalizers: null } });
  for (let resyncs = 0; resyncs < 4; resyncs += 1) {
    await world.clock.advance(600_000);
    await rest(world, plugboard);
  }
}

const named = (kind: string, name: string): object => ({ template: { apiVersion: "v1", kind, metadata: { name } } });
const results = { resultTemplate: { host: "pg-{% .plugConfig.size %}" } };

test("what was made with results goes with a plug that vanished, and nothing is listed for it outside Plugboard's own namespace", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const lists: string[] = [];
  const watched = interceptedKube(kube, async ({ kind, verb, namespace, as }, perform) => {
    const ours = namespace === operatorNamespace || ["Plug", "Socket", "DeferredResource", "Namespace"].includes(kind);
    if (sweeping && verb === "list" && !ours) lists.push(`${kind} in ${namespace} as ${as?.name}`);
    return perform();
  });
  let sweeping = false;
  const plugboard = await start(world, { kube: watched });
  const ofPlug = {
    config: { size: "1" },
    resultResources: [named("Secret", "{% .socketResult.host %}"), named("ServiceAccount", "steady"), kept],
  };
  await apply(
    kube,
    socketWith("pg", { ...results, resultResources: [named("ConfigMap", "told")] }),
    plugWith("shop", ofPlug),
  );
  await rest(world, plugboard);
  expect(madeIn(world)).toEqual(["ConfigMap kept", "ConfigMap told", "Secret pg-1", "ServiceAccount steady"]);
  await apply(kube, plugWith("shop", { ...ofPlug, config: { size: "2" } }));
  await rest(world, plugboard);
  expect(madeIn(world)).toEqual(["ConfigMap kept", "ConfigMap told", "Secret pg-2", "ServiceAccount steady"]);
  sweeping = true;
  await vanish(world, plugboard);
  await plugboard.stop();
  expect(madeIn(world)).toEqual(["ConfigMap kept"]);
  expect(world.cluster.objects().filter(({ metadata }) => metadata.namespace === operatorNamespace)).toEqual([]);
  expect(lists).toEqual([]);
});

test("what was made with results goes, too, where nothing could be said of it after it was applied", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  let applied = false;
  const mute = interceptedKube(kube, async (request, perform) => {
    if (applied && request.verb === "replaceStatus") throw new Unavailable("the API server is away");
    const answer = await perform();
    applied ||= request.verb === "apply" && request.name === "pg-1";
    return answer;
  });
  const plugboard = await start(world, { kube: mute });
  const resultResources = [named("Secret", "{% .socketResult.host %}")];
  await apply(kube, socketWith("pg", results), plugWith("shop", { config: { size: "1" }, resultResources }));
  for (let turn = 0; !applied && turn < 100; turn += 1) await world.clock.advance(1_000);
  expect(madeIn(world)).toEqual(["Secret pg-1"]);
  await vanish(world, plugboard);
  await plugboard.stop();
  expect(madeIn(world)).toEqual([]);
});

const kept = { ...named("ConfigMap", "kept"), preserveWhenDecoupled: true };

function madeIn(world: World): readonly string[] {
  return world.cluster
    .objects()
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/managed-by"] === "plugboard")
    .filter(({ metadata }) => metadata.namespace !== operatorNamespace)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .toSorted();
}

function jobs(objects: readonly KubeObject[]): readonly string[] {
  return objects.filter(({ kind }) => kind === "Job").map(({ metadata }) => metadata.name);
}
