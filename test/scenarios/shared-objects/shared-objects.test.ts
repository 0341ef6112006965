import { describe, expect, test } from "@jest/globals";
import { labels } from "../../../crds/names.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

const sharedKey = { apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "shared" };

function socket(data = "same"): KubeObject {
  const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" }, data: { from: data } };
  return socketWith("sock", { resources: [{ template }] });
}

function plug(name: string): KubeObject {
  return plugWith(name, { socket: { name: "sock", namespace: "db" } });
}

async function coupled(world: World, ...names: readonly string[]): ReturnType<typeof start> {
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket(), ...names.map(plug));
  await rest(world, plugboard);
  return plugboard;
}

function shared(world: World): Promise<KubeObject | undefined> {
  return world.cluster.kube.get(sharedKey);
}

async function owner(world: World): Promise<string | undefined> {
  const uid = (await shared(world))?.metadata.labels?.[labels.plugUid];
  const plugs = world.cluster.objects().filter(({ kind }) => kind === "Plug");
  return plugs.find(({ metadata }) => metadata.uid === uid)?.metadata.name;
}

function isSharedMark(label: string): boolean {
  return label.startsWith("shared.integration.rock8s.com/");
}

function withoutMarks(own: KubeObject["metadata"]["labels"]): { readonly [label: string]: string } {
  return Object.fromEntries(Object.entries(own ?? {}).filter(([label]) => !isSharedMark(label)));
}

function leave(world: World, name: string): Promise<boolean> {
  return world.cluster.kube.delete(plugKey(name));
}

describe("an object that several couplings render", () => {
  test("goes with the last that leaves, and passes to another when its owner does", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b", "c");
    for (let left = 3; left > 1; left -= 1) {
      const name = (await owner(world)) ?? "nobody";
      await leave(world, name);
      await rest(world, plugboard);
      expect(await owner(world)).toMatch(/^[abc]$/);
      expect(await owner(world)).not.toBe(name);
    }
    await leave(world, (await owner(world)) ?? "nobody");
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await shared(world)).toBeUndefined();
    expect(world.broken).toEqual([]);
  });

  test("stays while one that does not own it leaves", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b");
    const kept = await owner(world);
    await leave(world, kept === "a" ? "b" : "a");
    await rest(world, plugboard);
    expect(await owner(world)).toBe(kept);
    await leave(world, kept ?? "");
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await shared(world)).toBeUndefined();
  });

  test("goes when all leave together", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b", "c", "d");
    await Promise.all(["a", "b", "c", "d"].map((name) => leave(world, name)));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await shared(world)).toBeUndefined();
    expect(world.cluster.objects().filter(({ kind }) => kind === "Plug")).toEqual([]);
  });

  test("is put back by its owner alone, also after it passed on", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b");
    await leave(world, (await owner(world)) ?? "");
    await rest(world, plugboard);
    await world.cluster.kube.patch(sharedKey, { data: { from: "somebody" } });
    await rest(world, plugboard);
    await plugboard.stop();
    expect((await shared(world))?.["data"]).toEqual({ from: "same" });
  });

  test("is told of to both where they render it differently", async () => {
    const world = await makeWorld();
    const plugboard = await start(world);
    const template = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared" },
      data: { from: "{% .plug.metadata.name %}" },
    };
    await apply(world.cluster.kube, { ...socket(), spec: { resources: [{ template }] } }, plug("a"));
    await rest(world, plugboard);
    await apply(world.cluster.kube, plug("b"));
    await rest(world, plugboard);
    await plugboard.stop();
    const told = world.cluster
      .objects()
      .filter(({ kind, reason }) => kind === "Event" && reason === "SharedObjectDiffers");
    expect(told.map(({ regarding }) => regarding)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "a" }), expect.objectContaining({ name: "b" })]),
    );
    expect((await shared(world))?.["data"]).toEqual({ from: "b" });
  });

  test("takes the same few requests of each that leaves, however many hold it", async () => {
    const cost = async (holders: number): Promise<number> => {
      const world = await makeWorld();
      const plugboard = await coupled(world, ...Array.from({ length: holders }, (_, index) => `p${index}`));
      let requests = 0;
      const stop = world.cluster.onRequest(({ verb, kind }) => {
        if (verb !== "served" && verb !== "watch" && kind !== "Event" && kind !== "Socket") requests += 1;
      });
      await leave(world, "p0");
      await rest(world, plugboard);
      stop();
      await plugboard.stop();
      return requests;
    };
    expect(await cost(40)).toBe(await cost(4));
  });

  test.each([
    ["a", "b"],
    ["b", "a"],
  ])("is given back, not deleted, where it was there before them: %s leaves, then %s", async (first, second) => {
    const world = await makeWorld();
    await apply(world.cluster.kube, {
      ...sharedKey,
      metadata: { name: "shared", namespace: "db" },
      data: { own: "v" },
    });
    const plugboard = await coupled(world, "a");
    await apply(world.cluster.kube, plug("b"));
    await rest(world, plugboard);
    await leave(world, first);
    await rest(world, plugboard);
    expect((await shared(world))?.["data"]).toEqual({ own: "v", from: "same" });
    await leave(world, second);
    await rest(world, plugboard);
    await plugboard.stop();
    const left = await shared(world);
    expect([left?.["data"], left?.metadata.labels, left?.metadata.annotations]).toEqual([
      { own: "v" },
      undefined,
      undefined,
    ]);
  });

  test.each([
    ["a plug that is gone", "gone-uid", { [snapshotLabels.plugUid]: "gone-uid" }],
    ["a plug of which no status names it", "", {}],
  ])("goes with its last holder although a snapshot of %s bears its mark", async (_whose, plugUid, marks) => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b");
    await rest(world, plugboard);
    const last = (await owner(world)) ?? "";
    await leave(world, last === "a" ? "b" : "a");
    await rest(world, plugboard);
    const secrets = world.cluster
      .objects()
      .filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === operatorNamespace);
    const left = secrets.find(({ metadata }) => Object.keys(metadata.labels ?? {}).some(isSharedMark));
    const { name = "", labels: own = {} } = left?.metadata ?? {};
    await apply(world.cluster.kube, {
      apiVersion: "v1",
      kind: "Secret",
      type: left?.["type"],
      data: left?.["data"],
      metadata: { name: `${name}-${plugUid}-old`, namespace: operatorNamespace, labels: { ...own, ...marks } },
    });
    await leave(world, last);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await shared(world)).toBeUndefined();
    expect(world.broken).toEqual([]);
  });

  test("is known to be shared although its former owner wrote a snapshot while another took it over", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a");
    await plugboard.stop();
    const secrets = world.cluster
      .objects()
      .filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === operatorNamespace);
    const [former] = secrets;
    const name = `${former?.metadata.name}-2`;
    const again = await start(world);
    // As if a stage of plug a wrote it between the look of plug b and its apply.
    const stop = world.cluster.onRequest(({ verb, kind, name: applied }) => {
      if (verb !== "apply" || kind !== "ConfigMap" || applied !== "shared" || former === undefined) return;
      stop();
      void apply(world.cluster.kube, {
        apiVersion: "v1",
        kind: "Secret",
        type: former["type"],
        data: former["data"],
        metadata: { name, namespace: operatorNamespace, labels: withoutMarks(former.metadata.labels) },
      });
    });
    await apply(world.cluster.kube, plug("b"));
    await rest(world, again);
    await again.stop();
    const written = await world.cluster.kube.get({
      apiVersion: "v1",
      kind: "Secret",
      namespace: operatorNamespace,
      name,
    });
    expect(Object.keys(written?.metadata.labels ?? {}).filter(isSharedMark)).toHaveLength(1);
  });

  test("tells nobody who leaves that it is not theirs", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b", "c");
    for (const name of ["a", "c", "b"]) {
      await leave(world, name);
      await rest(world, plugboard);
    }
    await plugboard.stop();
    const told = world.cluster.objects().filter(({ kind }) => kind === "Event");
    expect(told.filter(({ note }) => String(note).includes("not performed:"))).toEqual([]);
  });

  test("leaves no snapshot behind but the finished", async () => {
    const world = await makeWorld();
    const plugboard = await coupled(world, "a", "b");
    await leave(world, "a");
    await leave(world, "b");
    await rest(world, plugboard);
    await world.clock.advance(25 * 60_000);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(
      world.cluster
        .objects()
        .filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === operatorNamespace),
    ).toEqual([]);
  });
});

describe("another's plug-uid on an object that the other does not render", () => {
  /** What of the other's is touched: its snapshots, and what is said to it. */
  async function coupledOver(decoys: number): Promise<{ readonly world: World; readonly marks: readonly string[] }> {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const plugboard = await coupled(world, "victim");
    const uid = (await kube.get(plugKey("victim")))?.metadata.uid ?? "";
    const names = Array.from({ length: decoys }, (_, index) => `decoy-${index}`);
    const decoy = (name: string, data: string): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name,
        namespace: "app",
        labels: { [labels.plugUid]: uid, [labels.managedBy]: "plugboard" },
      },
      data: { from: data },
    });
    await apply(kube, ...names.map((name) => decoy(name, "mine")));
    const resources = names.map((name) => ({
      template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { from: "ours" } },
    }));
    await apply(kube, {
      ...plug("stranger"),
      spec: { socket: { name: "own" }, resources },
    });
    await apply(kube, socketWith("own", {}, "app"));
    await rest(world, plugboard);
    await plugboard.stop();
    const snapshots = world.cluster.objects().filter(({ metadata }) => metadata.namespace === operatorNamespace);
    const marks = snapshots.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {}));
    return { world, marks: marks.filter((label) => label.startsWith("shared.")) };
  }

  test.each([1, 20])("marks no snapshot and warns nobody, on %i objects", async (decoys) => {
    const { world, marks } = await coupledOver(decoys);
    expect(marks).toEqual([]);
    const warnings = world.cluster.objects().filter(({ kind, type }) => kind === "Event" && type === "Warning");
    expect(warnings).toEqual([]);
    const told = world.cluster.objects().filter(({ metadata }) => metadata.name.startsWith("stranger"));
    expect(JSON.stringify(told)).not.toContain("victim");
  });
});
