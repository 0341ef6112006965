import { describe, expect, test } from "@jest/globals";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "job-{% .plug.metadata.name %}" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/x" }] } } },
};
const socket: KubeObject = socketWith("sock", {
  resources: [
    { when: ["coupled"], do: "recreate", template: job },
    { template: map("for-{% .plug.metadata.name %}", { v: "{% .plugConfig.v %}" }) },
    { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
  ],
});
const plug = (name: string): KubeObject =>
  plugWith(name, {
    socket: { name: "sock", namespace: "db" },
    config: { v: "1" },
    resultResources: [{ template: map("result-{% .plug.metadata.name %}", { v: "{% .plugConfig.v %}" }) }],
  });
const plugs = ["a", "b"].map(plug);

/** The cluster that is left: both plugs are coupled. */
async function former(): Promise<World> {
  const world = await makeWorld();
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, ...plugs);
  await rest(world, plugboard);
  await plugboard.stop();
  return world;
}

/** What a backup has of an object: no uid, and no status unless it is asked for. */
function backedUp({ metadata, ...object }: KubeObject, withStatus = false): KubeObject {
  const { uid: _uid, resourceVersion: _version, managedFields: _by, creationTimestamp: _at, ...rest } = metadata;
  const { finalizers: _ours, ...plain } = rest;
  const { status, ...body } = object as KubeObject;
  return { ...body, metadata: plain, ...(withStatus && status !== undefined ? { status } : {}) } as KubeObject;
}

const ours = ["Plug", "Socket"];
const isSnapshot = ({ kind, metadata }: KubeObject): boolean =>
  kind === "Secret" && metadata.namespace === operatorNamespace;
const isMade = ({ kind, metadata }: KubeObject): boolean =>
  ["app", "db"].includes(metadata.namespace ?? "") && !ours.includes(kind) && kind !== "Event";

interface Moved {
  readonly world: World;
  readonly bring: (wanted: (object: KubeObject) => boolean, withStatus?: boolean) => void;
}

/** Another cluster, whose namespaces have uids of their own, with Plugboard's namespace in it. */
async function moved(from: World): Promise<Moved> {
  const world = await makeWorld();
  const bring: Moved["bring"] = (wanted, withStatus) =>
    world.cluster.restore(
      from.cluster
        .objects()
        .filter(wanted)
        .map((object) => backedUp(object, withStatus)),
    );
  bring(isSnapshot);
  return { world, bring };
}

async function live(world: World, minutes: number): Promise<void> {
  const plugboard = await start(world);
  await rest(world, plugboard);
  for (let past = 0; past < minutes; past += 5) {
    await world.clock.advance(5 * 60_000);
    await rest(world, plugboard);
  }
  await plugboard.stop();
  expect(world.broken).toEqual([]);
}

const seen = ({ cluster }: World): object => seenWorld(cluster.objects(), ["app", "db"]);
const uidsOfJobs = ({ cluster }: World): readonly (string | undefined)[] =>
  cluster
    .objects()
    .filter(({ kind }) => kind === "Job")
    .map(({ metadata }) => metadata.uid);
const snapshots = ({ cluster }: World): readonly KubeObject[] => cluster.objects().filter(isSnapshot);

describe("a cluster that is moved, Plugboard's namespace first", () => {
  test("snapshots name the cluster and the namespaces they are of", async () => {
    const world = await former();
    const uidOf = (name: string) =>
      world.cluster.objects().find(({ kind, metadata }) => kind === "Namespace" && metadata.name === name)?.metadata
        .uid;
    expect(snapshots(world).map(({ metadata }) => metadata.labels?.[snapshotLabels.clusterUid])).toEqual([
      uidOf("kube-system"),
      uidOf("kube-system"),
    ]);
  });

  test("while plugs, sockets and objects are not there yet, no snapshot is swept, however long that takes", async () => {
    const { world, bring } = await moved(await former());
    await live(world, 120);
    expect(snapshots(world)).toHaveLength(2);
    bring((object) => isMade(object) || object.kind === "Socket");
    const before = seen(world);
    await live(world, 120);
    expect(snapshots(world)).toHaveLength(2);
    expect(seen(world)).toMatchObject(before);
    expect(Object.keys(seen(world)).filter((name) => name.includes("dropped"))).toEqual([]);
  });

  test.each([
    ["without their status", false],
    ["with the status they had", true],
  ])(
    "plugs that come later, %s, are found again: nothing is undone, nothing done twice, and they end as they would have",
    async (_, withStatus) => {
      const from = await former();
      const { world, bring } = await moved(from);
      await live(world, 60);
      bring(isMade);
      const made = uidsOfJobs(world);
      await live(world, 60);
      bring(({ kind }) => kind === "Socket", withStatus);
      bring(({ kind, metadata }) => kind === "Plug" && metadata.name === "a", withStatus);
      await live(world, 30);
      bring(({ kind, metadata }) => kind === "Plug" && metadata.name === "b", withStatus);
      await live(world, 60);
      expect(seen(world)).toEqual(seen(from));
      expect(uidsOfJobs(world)).toEqual(made);
      await world.cluster.kube.delete(plugKey("a"));
      await live(world, 60);
      expect(Object.keys(seen(world)).toSorted()).toEqual([
        "app/ConfigMap/result-b",
        "app/Plug/b",
        "db/ConfigMap/dropped-a",
        "db/ConfigMap/for-b",
        "db/Job/job-b",
        "db/Socket/sock",
      ]);
      expect(snapshots(world)).toHaveLength(1);
    },
  );

  test("a backup taken in the middle of an update leaves nothing undone and nothing behind", async () => {
    const from = await former();
    const plugboard = await start(from);
    from.cluster.faults.failNext(
      1_000,
      new (await import("../../../kit/errors.ts")).Unavailable("down"),
      ({ verb, kind, name }) => verb === "apply" && kind === "ConfigMap" && name === "for-a",
    );
    await from.cluster.kube.patch(plugKey("a"), { spec: { config: { v: "2" } } });
    await from.cluster.kube.patch(socketKey("sock"), {
      spec: {
        resources: [
          { when: ["coupled"], do: "recreate", template: job },
          { template: map("new-{% .plug.metadata.name %}", { v: "{% .plugConfig.v %}" }) },
          { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
        ],
      },
    });
    from.cluster.faults.failNext(
      1_000,
      new (await import("../../../kit/errors.ts")).Unavailable("down"),
      ({ verb, kind, name }) => verb === "apply" && kind === "ConfigMap" && name === "new-a",
    );
    await rest(from, plugboard);
    await plugboard.stop();
    expect(snapshots(from)).toHaveLength(3);
    const { world, bring } = await moved(from);
    await live(world, 60);
    bring((object) => isMade(object) || ours.includes(object.kind));
    const made = uidsOfJobs(world);
    await live(world, 120);
    expect(uidsOfJobs(world)).toEqual(made);
    expect(Object.keys(seen(world)).toSorted()).toEqual([
      "app/ConfigMap/result-a",
      "app/ConfigMap/result-b",
      "app/Plug/a",
      "app/Plug/b",
      "db/ConfigMap/new-a",
      "db/ConfigMap/new-b",
      "db/Job/job-a",
      "db/Job/job-b",
      "db/Socket/sock",
    ]);
    expect(snapshots(world)).toHaveLength(2);
  });
});
