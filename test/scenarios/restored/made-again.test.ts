import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const socket = (spec: object = {}): KubeObject =>
  socketWith("vault", {
    configSecretName: "vault",
    resultTemplate: { at: "{% .socketConfig.password %}" },
    resources: [
      { template: map("of-{% .plug.metadata.name %}", { password: "{% .plugConfig.password %}" }) },
      { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
    ],
    ...spec,
  });
const plug = (name: string, spec: object = {}): KubeObject =>
  plugWith(name, {
    socket: { name: "vault", namespace: "db" },
    configSecretName: "own",
    resources: [{ template: map(`loot-${name}`, { password: "{% .socketConfig.password %}" }) }],
    resultResources: [{ template: map(`result-${name}`, { at: "{% .socketResult.at %}" }) }],
    ...spec,
  });

const secret = (name: string, ns: string, password: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: ns },
  stringData: { password },
});

async function coupled(spec: object = {}, ...names: readonly string[]): Promise<World> {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await apply(kube, secret("vault", "db", "old-of-socket"), secret("own", "app", "old-of-plug"), socket(spec));
  for (const name of names.length === 0 ? ["a"] : names) {
    await apply(kube, plug(name));
    await live(world);
  }
  return world;
}

async function live(world: World, minutes = 0, kube: Kube = world.cluster.kube): Promise<void> {
  const plugboard = await start(world, { kube });
  await rest(world, plugboard);
  for (let past = 0; past < minutes; past += 5) {
    await world.clock.advance(5 * 60_000);
    await rest(world, plugboard);
  }
  await plugboard.stop();
}

/** Deleted without its decouple, as its owner can. */
async function takeAway(world: World, key: ReturnType<typeof plugKey>): Promise<void> {
  await world.cluster.kube.patch(key, { metadata: { finalizers: null } });
  await world.cluster.kube.delete(key);
}

async function makeAgain(world: World, object: KubeObject): Promise<void> {
  await takeAway(world, { ...plugKey(object.metadata.name, object.metadata.namespace), kind: object.kind });
  await apply(world.cluster.kube, object);
}

async function rotate(world: World): Promise<void> {
  await apply(world.cluster.kube, secret("vault", "db", "new-of-socket"), secret("own", "app", "new-of-plug"));
}

const refuse = (world: World): Promise<unknown> =>
  world.cluster.kube.patch(socketKey("vault"), { spec: { validation: { namespaceBlacklist: ["app"] } } });
const admit = (world: World): Promise<unknown> =>
  world.cluster.kube.patch(socketKey("vault"), { spec: { validation: null } });

const seen = ({ cluster }: World): { readonly [name: string]: unknown } => ({
  ...seenWorld(cluster.objects(), ["app", "db"]),
});
const names = (world: World): readonly string[] =>
  Object.keys(seen(world)).filter((name) => name.includes("/ConfigMap/"));
const snapshots = ({ cluster }: World): readonly KubeObject[] =>
  cluster.objects().filter(({ metadata }) => metadata.labels?.[snapshotLabels.of] !== undefined);

interface Status {
  readonly coupledSocket?: { readonly uid: string };
  readonly admitted?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}

async function statusOf(world: World, name: string): Promise<Status> {
  return Object((await world.cluster.kube.get(plugKey(name)))?.["status"]);
}

async function readyReason(world: World, name = "a"): Promise<string | undefined> {
  return (await statusOf(world, name)).conditions?.find(({ type }) => type === "Ready")?.reason;
}

const nothingNew = (world: World): void => {
  const told = world.cluster
    .objects()
    .filter(({ kind, metadata }) => kind !== "Secret" || metadata.namespace === operatorNamespace);
  expect(JSON.stringify(told)).not.toContain("new-of-");
};

const parts = ["a plug", "a socket", "both"] as const;

async function remake(world: World, part: (typeof parts)[number], spec: object = {}): Promise<void> {
  if (part !== "a socket") await makeAgain(world, plug("a"));
  if (part === "a socket") {
    await world.cluster.kube.replaceStatus({ ...plug("a"), status: {} });
    await world.clock.advance(120_000);
  }
  if (part !== "a plug") await makeAgain(world, socket(spec));
}

describe("what was made again in the same namespaces", () => {
  test.each(parts)(
    "keeps what it had, and sees and hands over nothing new while the rules refuse: %s",
    async (part) => {
      const world = await coupled();
      const before = names(world);
      await remake(world, part, { validation: { namespaceBlacklist: ["app"] } });
      await refuse(world);
      await rotate(world);
      await live(world, 60);
      expect(names(world)).toEqual(before);
      nothingNew(world);
      expect(seen(world)).toMatchObject({
        "app/ConfigMap/loot-a": { password: "old-of-socket" },
        "db/ConfigMap/of-a": { password: "old-of-plug" },
      });
      expect((await statusOf(world, "a")).admitted).toBeUndefined();
      expect(await readyReason(world)).toBe("NamespaceDenied");
      await admit(world);
      await live(world);
      expect(seen(world)).toMatchObject({
        "app/ConfigMap/loot-a": { password: "new-of-socket" },
        "db/ConfigMap/of-a": { password: "new-of-plug" },
      });
      expect(await readyReason(world)).toBe("Ready");
      await refuse(world);
      await live(world);
      expect(names(world)).toEqual(["db/ConfigMap/dropped-a"]);
    },
  );

  test("says so to a status that claims to be admitted, and shows it nothing", async () => {
    const world = await coupled();
    await makeAgain(world, plug("a"));
    await refuse(world);
    await live(world);
    await rotate(world);
    const { kube } = world.cluster;
    const found = (await kube.get(plugKey("a"))) ?? plug("a");
    await kube.replaceStatus({ ...found, status: { ...Object(found["status"]), admitted: "by-its-own-word" } });
    // What is admitted otherwise would end now; a socket that pauses keeps it.
    await kube.patch(socketKey("vault"), { spec: { validation: { namespaceBlacklist: ["app", "other"] } } });
    await kube.patch(socketKey("vault"), { metadata: { annotations: { "integration.rock8s.com/paused": "true" } } });
    await live(world, 30);
    await kube.patch(socketKey("vault"), { metadata: { annotations: { "integration.rock8s.com/paused": null } } });
    await live(world, 30);
    nothingNew(world);
  });

  test("stays as another interface was asked for, and hands nothing over", async () => {
    const world = await coupled();
    await makeAgain(world, plug("a", { interface: { name: "postgres" } }));
    await rotate(world);
    await live(world, 30);
    expect(await readyReason(world)).toBe("InterfaceMismatch");
    nothingNew(world);
  });

  test("ends as it would have: its `decoupled` resources are performed, and nothing is left", async () => {
    const world = await coupled();
    await makeAgain(world, plug("a"));
    await refuse(world);
    await live(world);
    await world.cluster.kube.delete(plugKey("a"));
    await live(world, 30);
    expect(names(world)).toEqual(["db/ConfigMap/dropped-a"]);
    expect(snapshots(world)).toEqual([]);
  });

  test("finishes no coupling of its predecessor, deleted before it was adopted with our finalizer on it", async () => {
    const world = await coupled();
    await takeAway(world, plugKey("a"));
    const again = plug("a");
    await apply(world.cluster.kube, {
      ...again,
      metadata: { ...again.metadata, finalizers: ["integration.rock8s.com/finalizer"] },
    });
    await world.cluster.kube.delete(plugKey("a"));
    await live(world, 30);
    expect(names(world)).toEqual(["db/ConfigMap/dropped-a"]);
    expect(snapshots(world)).toEqual([]);
  });

  test("is not undone when the adoption dies before it has said what it succeeds", async () => {
    const world = await coupled();
    const before = names(world);
    await makeAgain(world, plug("a"));
    await refuse(world);
    const dying = interceptedKube(world.cluster.kube, async ({ verb, kind, name }, perform) => {
      if (verb === "patch" && kind === "Secret" && name?.startsWith("plugboard-")) throw new Unavailable("died");
      return perform();
    });
    await live(world, 0, dying);
    expect(snapshots(world)).toHaveLength(2);
    await live(world, 60);
    expect(names(world)).toEqual(before);
    expect(snapshots(world)).toHaveLength(1);
  });
});

describe("the places of a limited socket", () => {
  const places = async (world: World): Promise<readonly string[]> => {
    const { items } = await world.cluster.kube.list({ apiVersion, kind: "Plug", namespace: "app" });
    return items.flatMap(({ metadata, status }) =>
      names(world).includes(`app/ConfigMap/loot-${metadata.name}`) && status !== undefined ? [metadata.name] : [],
    );
  };

  test("are held by a snapshot until its plug is made again, which takes its own back", async () => {
    const world = await coupled({ limit: 1 }, "a", "b");
    expect(await places(world)).toEqual(["a"]);
    await takeAway(world, plugKey("a"));
    await live(world);
    expect(await places(world)).toEqual([]);
    expect(await readyReason(world, "b")).toBe("SocketFull");
    await apply(world.cluster.kube, plug("a"));
    await rotate(world);
    await live(world, 30);
    expect(await places(world)).toEqual(["a"]);
    expect(await readyReason(world)).toBe("Ready");
    expect(seen(world)).toMatchObject({ "app/ConfigMap/loot-a": { password: "new-of-socket" } });
    await world.cluster.kube.delete(plugKey("a"));
    await live(world, 5);
    expect(await places(world)).toEqual(["b"]);
  });

  test("go to others once a snapshot was swept", async () => {
    const world = await coupled({ limit: 1 }, "a", "b");
    await takeAway(world, plugKey("a"));
    await live(world, 40);
    expect(await places(world)).toEqual(["b"]);
  });

  test("are not kept by what was made again under a limit that was lowered: it stays, and sees nothing new", async () => {
    const world = await coupled({ limit: 2 }, "a", "b");
    await world.cluster.kube.patch(socketKey("vault"), { spec: { limit: 1 } });
    await makeAgain(world, plug("a"));
    await rotate(world);
    await live(world, 60);
    expect(await readyReason(world)).toBe("SocketFull");
    expect(seen(world)).toMatchObject({
      "app/ConfigMap/loot-a": { password: "old-of-socket" },
      "app/ConfigMap/loot-b": { password: "new-of-socket" },
    });
  });
});

describe("a namespace that another tenant has by now", () => {
  async function remade(world: World, name: string, annotations: object = {}): Promise<string> {
    const { kube } = world.cluster;
    const key = { apiVersion: "v1", kind: "Namespace", name };
    const uid = (await kube.get(key))?.metadata.uid ?? "";
    for (const { kind, metadata } of world.cluster.objects())
      if (metadata.namespace === name && (kind === "Plug" || kind === "Socket"))
        await takeAway(world, { apiVersion, kind, namespace: name, name: metadata.name });
    await kube.delete(key);
    expect(await kube.get(key)).toBeUndefined();
    await apply(kube, { ...namespace(name), metadata: { name, annotations: { ...annotations } } });
    return uid;
  }

  test("of the plug: the former coupling ends first, then it couples as any other", async () => {
    const world = await coupled();
    await remade(world, "app");
    await apply(world.cluster.kube, secret("own", "app", "of-another"), plug("a"));
    await live(world);
    expect(await readyReason(world)).toBe("FormerCouplingEnding");
    expect(seen(world)).toMatchObject({ "db/ConfigMap/of-a": { password: "old-of-plug" } });
    await live(world, 40);
    expect(await readyReason(world)).toBe("Ready");
    expect(seen(world)).toMatchObject({
      "db/ConfigMap/dropped-a": {},
      "db/ConfigMap/of-a": { password: "of-another" },
    });
    expect(snapshots(world)).toHaveLength(1);
  });

  test("of the plug, where the rules refuse it: the former coupling ends, and it gets nothing", async () => {
    const world = await coupled();
    await refuse(world);
    await remade(world, "app");
    await apply(world.cluster.kube, secret("own", "app", "of-another"), plug("a"));
    await live(world, 60);
    expect(await readyReason(world)).toBe("NamespaceDenied");
    expect(names(world)).toEqual(["db/ConfigMap/dropped-a"]);
  });

  test("of the plug, whose status was brought back with it: that is believed in nothing", async () => {
    const world = await coupled();
    const status = await statusOf(world, "a");
    await refuse(world);
    await remade(world, "app");
    await apply(world.cluster.kube, secret("own", "app", "of-another"), plug("a"));
    await world.cluster.kube.replaceStatus({ ...plug("a"), status });
    await live(world, 60);
    expect((await statusOf(world, "a")).coupledSocket).toBeUndefined();
    expect(names(world)).toEqual(["db/ConfigMap/dropped-a"]);
  });

  test("of the socket: it is handed nothing of the former coupling, neither its secrets nor its farewell", async () => {
    const world = await coupled();
    await world.cluster.kube.replaceStatus({ ...plug("a"), status: {} });
    await world.clock.advance(120_000);
    await remade(world, "db");
    await apply(world.cluster.kube, secret("vault", "db", "of-another"), socket({ limit: 0 }));
    await live(world, 60);
    expect(names(world)).toEqual([]);
    expect(await readyReason(world)).toBe("SocketFull");
  });

  test("of the socket, while the plug is coupled: its end tells the new tenant nothing", async () => {
    const world = await coupled();
    await remade(world, "db");
    await apply(world.cluster.kube, secret("vault", "db", "of-another"), socket({ limit: 0 }));
    await live(world, 60);
    expect(names(world)).toEqual([]);
  });

  test("but was restored, as its annotation says: what it had is adopted", async () => {
    const world = await coupled();
    const uid = await remade(world, "app");
    await apply(world.cluster.kube, {
      ...namespace("app"),
      metadata: { name: "app", annotations: { "integration.rock8s.com/restored-from": uid } },
    });
    await apply(world.cluster.kube, secret("own", "app", "old-of-plug"), plug("a"));
    await live(world, 60);
    expect(await readyReason(world)).toBe("Ready");
    expect(names(world)).toEqual(["app/ConfigMap/loot-a", "app/ConfigMap/result-a", "db/ConfigMap/of-a"]);
  });

  test("but was restored, as its annotation says later: the wait ends with the adoption", async () => {
    const world = await coupled();
    const uid = await remade(world, "app");
    await apply(world.cluster.kube, secret("own", "app", "old-of-plug"), plug("a"));
    await live(world);
    expect(await readyReason(world)).toBe("FormerCouplingEnding");
    await world.cluster.kube.patch(
      { apiVersion: "v1", kind: "Namespace", name: "app" },
      { metadata: { annotations: { "integration.rock8s.com/restored-from": uid } } },
    );
    await live(world, 60);
    expect(await readyReason(world)).toBe("Ready");
    expect(names(world)).toEqual(["app/ConfigMap/loot-a", "app/ConfigMap/result-a", "db/ConfigMap/of-a"]);
  });
});
