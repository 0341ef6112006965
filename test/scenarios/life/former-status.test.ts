import { expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const socket = (spec: object = {}): KubeObject =>
  socketWith("sock", { resources: [{ template: map("for-{% .plug.metadata.name %}") }], ...spec });
const plug = (name: string, spec: object = {}, annotations = {}): KubeObject => ({
  apiVersion,
  kind: "Plug",
  metadata: { name, namespace: "app", annotations },
  spec: { socket: { name: "sock", namespace: "db" }, ...spec },
});
const paused = { "integration.rock8s.com/paused": "true" };
const pending = { resultVars: [{ name: "x", objref: { apiVersion: "v1", kind: "ConfigMap", name: "missing" } }] };
const fails = { resultTemplate: { v: "{% fail `no` %}" } };
const deferred: KubeObject = {
  apiVersion,
  kind: "DeferredResource",
  metadata: { name: "later", namespace: "app" },
  spec: {
    resource: { ...map("deferred"), metadata: { name: "deferred" } },
    waitFor: [{ apiVersion: "v1", kind: "Secret", name: "pw" }],
  },
};

/** Every status as Plugboard 0.1.0 wrote it: without the fields that have taken the place of reasons. */
async function asWrittenBefore({ cluster }: World): Promise<void> {
  for (const object of cluster
    .objects()
    .filter((one) => one.apiVersion === apiVersion && one["status"] !== undefined)) {
    const { observedGeneration: _1, held: _2, ...status } = object["status"] as { [field: string]: object };
    const without = (field: string, ...names: readonly string[]) => {
      const before = status[field];
      if (before === undefined) return {};
      return { [field]: Object.fromEntries(Object.entries(before).filter(([name]) => !names.includes(name))) };
    };
    await cluster.kube.replaceStatus({
      ...object,
      status: {
        ...status,
        ...without("result", "computed"),
        ...without("performed", "generation"),
        ...without("restless", "contested"),
      },
    });
  }
}

const versions = ({ cluster }: World): object =>
  Object.fromEntries(
    cluster
      .objects()
      .filter((object) => object.kind !== "Event" && object.kind !== "Lease")
      .map(({ kind, metadata }) => [`${kind} ${metadata.namespace ?? ""}/${metadata.name}`, metadata.resourceVersion]),
  );

test("statuses of an earlier Plugboard are understood: nothing is resolved, performed or said again", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const first = await start(world);
  await apply(
    kube,
    socket(),
    plug("coupled"),
    plug("paused"),
    plug("pending", pending),
    plug("fails", fails),
    deferred,
  );
  await rest(world, first);
  await kube.patch(plugKey("paused"), { metadata: { annotations: paused } });
  await rest(world, first);
  await first.stop();
  await asWrittenBefore(world);
  const before = versions(world);
  const second = await start(world);
  await rest(world, second);
  await world.clock.advance(1_800_000);
  await rest(world, second);
  expect(versions(world)).toEqual(before);
  await kube.patch(plugKey("paused"), { metadata: { annotations: { "integration.rock8s.com/paused": null } } });
  await kube.patch(socketKey("sock"), { spec: { epoch: "2" } });
  await rest(world, second);
  await second.stop();
  for (const name of ["coupled", "paused"])
    expect(await kube.get(plugKey(name))).toMatchObject({
      status: { performed: { revision: 2 }, result: { computed: true } },
    });
  expect(world.broken).toEqual([]);
});

test("a plug that was told that it cannot be read, or that it is left alone, is not told again", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const conditions = (reason: string, type: string) => [
    { type: "Ready", status: "False", reason: "InvalidInput", message: "m", observedGeneration: 1 },
    { type, status: "False", reason, message: "m", observedGeneration: 1 },
  ];
  await apply(kube, socket(), plug("left-alone"));
  const left = await kube.get(plugKey("left-alone"));
  const uid = (await kube.get(socketKey("sock")))?.metadata.uid;
  await kube.replaceStatus({
    ...left,
    ...{ apiVersion, kind: "Plug", metadata: left?.metadata ?? { name: "left-alone" } },
    status: {
      coupledSocket: { name: "sock", namespace: "db", uid },
      conditions: conditions("NotAdopted", "Ready").slice(1),
    },
  });
  const plugboard = await start(world, { adopts: false });
  const said = await kube.get(plugKey("left-alone"));
  await rest(world, plugboard);
  await plugboard.stop();
  expect(await kube.get(plugKey("left-alone"))).toEqual(said);
});
