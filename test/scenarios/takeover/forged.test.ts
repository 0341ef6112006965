import { describe, expect, test } from "@jest/globals";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { recordedObjects, restore } from "./recorded.ts";

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { k: "v" } };
const farewell = { ...template, metadata: { name: "victims-data-dropped" } };
const socket: KubeObject = socketWith("sock", {
  resources: [{ template }, { when: ["decoupled"], template: farewell }],
});
const victim = plugAt("victim");

function plugAt(name: string): KubeObject {
  const spec = { socket: { name: "sock", namespace: "db" } };
  return plugWith(name, spec);
}

interface Scene {
  readonly world: World;
  readonly plugboard: Awaited<ReturnType<typeof start>>;
}

/** A coupling of somebody's, objects of integration-operator, and a stranger's. */
async function scene(): Promise<Scene> {
  const world = await makeWorld();
  await world.cluster.load(["app-lifecycle", "db-lifecycle"].map(namespace));
  await restore(world.cluster.kube, recordedObjects("lifecycle"));
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, victim, { ...template, metadata: { name: "strangers", namespace: "app" } });
  await rest(world, plugboard);
  return { world, plugboard };
}

function others({ world }: Scene): readonly KubeObject[] {
  const theirs = ["ConfigMap", "Secret", "Service", "Job"];
  return world.cluster.objects().filter(({ kind }) => theirs.includes(kind));
}

/** The world after a plug with that status came, lived for a while and was deleted. */
async function livedThrough({ world, plugboard }: Scene, status: object): Promise<readonly KubeObject[]> {
  const { kube } = world.cluster;
  const forger = { ...plugAt("forger"), metadata: { name: "forger", namespace: "app", finalizers: [finalizer] } };
  await plugboard.stop();
  await apply(kube, { ...forger, spec: { socket: { name: "nowhere" } } });
  await kube.replaceStatus({ ...forger, status });
  const again = await start(world);
  await rest(world, again);
  await kube.delete(plugKey("forger"));
  await rest(world, again);
  await world.clock.advance(25 * 60_000);
  await rest(world, again);
  await again.stop();
  return others({ world, plugboard });
}

async function sockUid({ world }: Scene, name = "sock", namespace = "db"): Promise<string> {
  const found = await world.cluster.kube.get(socketKey(name, namespace));
  return found?.metadata.uid ?? "";
}

function refsToAll(objects: readonly KubeObject[], marks: object): readonly object[] {
  return objects.map(({ apiVersion: version, kind, metadata: { namespace, name, uid } }) => ({
    role: "applied",
    apiVersion: version,
    kind,
    namespace,
    name,
    uid,
    side: namespace?.startsWith("db") ? "socket" : "plug",
    entry: "coupling",
    ...marks,
  }));
}

describe("a status that claims what is not so", () => {
  test.each([
    ["as made by a coupling", {}],
    ["as a result's", { entry: "result" }],
    ["as made when it was created", { entry: "created" }],
    ["as given back at the end", { foreign: true }],
  ])("deletes nothing of others, named in its refs %s", async (_how, marks) => {
    const at = await scene();
    // What integration-operator made has no label of an owner: there a status is believed.
    const before = others(at);
    const uid = await sockUid(at);
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid };
    const refs = refsToAll(before, marks);
    const after = await livedThrough(at, {
      revision: 3,
      coupledSocket,
      performed: { revision: 3, socketUid: uid },
      refs,
    });
    expect(after).toEqual(before);
  });

  test.each([
    ["as made by a coupling", "Plug", {}],
    ["as a result's", "Plug", { entry: "result" }],
    ["as made when it was created", "Plug", { entry: "created" }],
    ["as made when it was created", "Socket", { entry: "created" }],
  ])(
    "deletes nothing beside itself that integration-operator applied once, named in its refs %s: %s",
    async (_how, kind, marks) => {
      const { world, plugboard } = await scene();
      const { kube } = world.cluster;
      await plugboard.stop();
      const formers = { ...template, metadata: { name: "of-the-former", namespace: "app" } };
      await kube.apply(formers, { fieldManager: "integration-operator", force: true });
      const refs = refsToAll(
        world.cluster.objects().filter(({ metadata }) => metadata.name === "of-the-former"),
        marks,
      );
      expect(refs).toHaveLength(1);
      const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid: "gone" };
      const forger: KubeObject = {
        ...plugAt("forger"),
        kind,
        metadata: { name: "forger", namespace: "app", finalizers: [finalizer] },
        ...(kind === "Socket" ? { spec: {} } : {}),
      };
      await apply(kube, forger);
      const ofPlug = { revision: 3, coupledSocket, performed: { revision: 3, socketUid: "gone" } };
      const createdAt = "2026-01-01T00:00:00Z";
      await kube.replaceStatus({ ...forger, status: { createdAt, refs, ...(kind === "Plug" ? ofPlug : {}) } });
      const again = await start(world);
      await rest(world, again);
      const key = { apiVersion, kind, namespace: "app", name: "forger" };
      await kube.delete(key);
      await rest(world, again);
      await world.clock.advance(25 * 60_000);
      await rest(world, again);
      await again.stop();
      expect(await kube.get(key)).toBeUndefined();
      expect(await kube.get({ apiVersion: "v1", kind: "ConfigMap", ...formers.metadata })).toBeDefined();
    },
  );

  test("reaches no snapshot of another plug, and performs nothing of it", async () => {
    const at = await scene();
    const before = others(at);
    const of = before.find(({ metadata }) => metadata.labels?.[snapshotLabels.of] !== undefined)?.metadata.name ?? "";
    expect(of).not.toBe("");
    const uid = await sockUid(at);
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid };
    const performed = { revision: 1, socketUid: uid, snapshot: of };
    expect(await livedThrough(at, { revision: 2, snapshot: of, coupledSocket, performed })).toEqual(before);
  });

  test("takes nothing over that another made, coupled by its own word to a socket of integration-operator", async () => {
    const at = await scene();
    const before = others(at);
    const uid = await sockUid(at, "sock", "db-lifecycle");
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db-lifecycle", uid };
    const left = await livedThrough(at, { coupledSocket });
    const names = left.map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`);
    expect(names).toEqual(
      expect.arrayContaining(before.map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`)),
    );
  });

  test("names no other Secret of the operator's namespace to be removed", async () => {
    const at = await scene();
    const key = { apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, name: "operators-own" };
    await apply(at.world.cluster.kube, { ...key, metadata: key });
    await livedThrough(at, {
      revision: 1,
      snapshot: "operators-own",
      performed: { revision: 0, socketUid: "x", snapshot: "operators-own" },
    });
    expect(await at.world.cluster.kube.get(key)).toBeDefined();
  });
});

describe("a coupling that only the plug's own status tells of", () => {
  const refusing = { namespaceBlacklist: ["app"] };
  const us = plugKey("forger");

  interface Claim {
    readonly target?: string;
    readonly listed?: readonly object[];
    readonly condition?: object;
  }

  /** A socket with a secret and a farewell, and a plug that says it is coupled to it. */
  async function claimed(spec: object, { target = "vault", listed = [], condition = {} }: Claim): Promise<World> {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const resources = [{ template }, { when: ["decoupled"], template: farewell }];
    const vault = {
      ...socket,
      metadata: { name: "vault", namespace: "db" },
      spec: { resources, dataSecretName: "vault", ...spec },
    };
    const password = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: vault.metadata,
      stringData: { password: "hunter22" },
    };
    const loot = { ...template, metadata: { name: "loot" }, data: { k: "{% .socketData.password %}" } };
    const forger = {
      ...plugAt("forger"),
      spec: { socket: { name: target, namespace: "db" }, resources: [{ template: loot }] },
    };
    await apply(kube, password, vault, forger);
    await kube.replaceStatus({ ...vault, status: { coupledPlugs: listed } });
    const { metadata } = (await kube.get({ ...vault, ...vault.metadata })) ?? vault;
    const coupledSocket = {
      apiVersion,
      kind: "Socket",
      name: "vault",
      namespace: "db",
      uid: (metadata as KubeObject["metadata"]).uid,
    };
    const conditions = [
      {
        type: "Coupled",
        status: "True",
        reason: "CouplingSucceeded",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
        ...condition,
      },
    ];
    await kube.replaceStatus({ ...forger, status: { coupledSocket, conditions } });
    return world;
  }

  /** The plug when all is at rest; then it is deleted, and what is to be done for it is. */
  async function settled(world: World): Promise<KubeObject | undefined> {
    const plugboard = await start(world);
    await rest(world, plugboard);
    const plug = await world.cluster.kube.get(plugKey("forger"));
    await world.cluster.kube.delete(plugKey("forger"));
    await rest(world, plugboard);
    await world.clock.advance(25 * 60_000);
    await rest(world, plugboard);
    await plugboard.stop();
    return plug;
  }

  function named(world: World, kind: string): readonly string[] {
    return world.cluster.objects().flatMap((object) => (object.kind === kind ? [object.metadata.name] : []));
  }

  test.each<[string, object, Claim]>([
    ["refuses its namespace", { validation: refusing }, {}],
    [
      "refuses its namespace, and it was edited since",
      { validation: refusing },
      { condition: { observedGeneration: 0 } },
    ],
    ["is none that its spec names", {}, { target: "nowhere" }],
    ["gives places to a few", { limit: 0 }, {}],
  ])(
    "is not believed where the socket %s: nothing is read, kept, applied or ended for it",
    async (_why, spec, claim) => {
      const world = await claimed(spec, claim);
      const plug = await settled(world);
      expect(plug?.["status"]).not.toHaveProperty("coupledSocket");
      expect(named(world, "ConfigMap")).toEqual([]);
      expect(named(world, "Secret")).toEqual(["vault"]);
      expect(named(world, "Plug")).toEqual([]);
    },
  );

  test("is said not to be taken over, and why", async () => {
    const world = await claimed({ validation: refusing }, {});
    const plug = await settled(world);
    expect(plug).toMatchObject({
      status: {
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: "Ready", status: "False", reason: "NamespaceDenied" }),
        ]),
      },
    });
    const events = world.cluster.objects().filter(({ kind }) => kind === "Event");
    const said = events.find(({ reason }) => reason === "NotAdopted")?.["note"];
    expect(said).toMatch(
      /^Not taken over: its status says that it is coupled to socket db\/vault, but that socket's status does not list it, and .*app/,
    );
  });

  test.each<[string, object, Claim]>([
    ["the socket's own status tells of it, whatever its rules say today", { validation: refusing }, { listed: [us] }],
    ["the socket would take the plug", {}, {}],
  ])("is believed where %s: at its end both sides perform what they wrote for it", async (_why, spec, claim) => {
    const world = await claimed(spec, claim);
    await settled(world);
    expect(named(world, "ConfigMap")).toContain("victims-data-dropped");
  });
});
