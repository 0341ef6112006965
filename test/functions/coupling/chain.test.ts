import { describe, expect, test } from "@jest/globals";
import type { FactEvent } from "../../../eventing/cloud-events.ts";
import type { SourceReport } from "../../../eventing/report.ts";
import { Forbidden, Unavailable } from "../../../kit/errors.ts";
import { interceptedKube, type KubeRequest } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { fakeApparatus } from "../../scenarios/apparatus/fake-apparatus.ts";
import { apparatus, markReady, podKey } from "../../scenarios/apparatus/pods.ts";
import { runInPod } from "../../scenarios/faults/functions.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

function configMap(name: string, data: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

const socket = socketWith("pg", { config: { host: "pg.db" }, resultTemplate: { url: "{% .socketConfig.host %}" } });

const plug = plugWith("shop", {
  resources: [{ template: configMap("client", { host: "{% .socketConfig.host %}" }) }],
  resultResources: [{ template: configMap("url", { url: "{% .socketResult.url %}" }) }],
});

const keyOf = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "app", name });

/** The plug's status, which its stages wrote. */
async function statusOf({ cluster }: World): Promise<{ readonly [field: string]: unknown }> {
  return { ...Object((await cluster.kube.get(plugKey("shop")))?.["status"]) };
}

/** Counts the writes of the plug's status, and disturbs one. */
function disturbing(
  kube: Kube,
  write: number,
  disturb: (perform: () => Promise<unknown>) => Promise<unknown>,
): { readonly kube: Kube; readonly writes: () => number } {
  let writes = 0;
  const concerns = ({ kind, verb }: KubeRequest): boolean => kind === "Plug" && verb === "replaceStatus";
  return {
    writes: () => writes,
    kube: interceptedKube(kube, async <T>(request: KubeRequest, perform: () => Promise<T>): Promise<T> => {
      if (!concerns(request)) return perform();
      writes += 1;
      return writes === write ? ((await disturb(perform)) as T) : perform();
    }),
  };
}

/** Couples the plug, and returns the facts that were told. */
async function couple(world: World, kube: Kube): Promise<readonly FactEvent[]> {
  const told: FactEvent[] = [];
  const plugboard = await start(world, { kube, facts: [(fact) => void told.push(fact)] });
  await apply(world.cluster.kube, socket, plug);
  await rest(world, plugboard);
  await plugboard.stop();
  return told.filter(({ kind }) => kind === "Plug");
}

const inOrder = ["plug.created", "plug.config-resolved", "plug.coupled", "plug.result-templated"];

function namesOf(facts: readonly FactEvent[]): readonly string[] {
  return facts.map(({ type }) => type.replace("com.rock8s.integration.", ""));
}

describe("stages that follow each other at once", () => {
  test("couple with three writes of the status, and tell every fact, in order, with its stage", async () => {
    const world = await makeWorld();
    const { kube, writes } = disturbing(world.cluster.kube, 0, (perform) => perform());
    const facts = await couple(world, kube);
    expect(writes()).toBe(3);
    expect(namesOf(facts)).toEqual(inOrder);
    expect(facts.map(({ data }) => data["stage"])).toEqual([
      "plug.create",
      "plug.resolve-config",
      "plug.couple",
      "plug.template-result",
    ]);
    expect(new Set(facts.map(({ id }) => id)).size).toBe(4);
    expect(await world.cluster.kube.get(keyOf("url"))).toMatchObject({ data: { url: "pg.db" } });
    const { stage, conditions } = await statusOf(world);
    expect(stage).toBeUndefined();
    expect(conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
  });

  test("are each reported as a stage of its own", async () => {
    const world = await makeWorld();
    const ended: string[] = [];
    const tell = (report: SourceReport): void => {
      if (report.kind === "ended" && report.subject.kind === "Plug") ended.push(report.stage);
    };
    const plugboard = await start(world, { tell });
    await apply(world.cluster.kube, socket, plug);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(ended).toEqual(["plug.create", "plug.resolve-config", "plug.couple", "plug.template-result"]);
  });

  test.each([1, 2])(
    "end each by itself if another client edits the plug before their shared write: write %i",
    async (n) => {
      const world = await makeWorld();
      const { kube } = disturbing(world.cluster.kube, n, async (perform) => {
        await world.cluster.kube.patch(plugKey("shop"), { metadata: { labels: { edited: "yes" } } });
        return perform();
      });
      const facts = await couple(world, kube);
      expect(namesOf(facts).filter((name) => name === "plug.coupled")).toHaveLength(1);
      expect(await world.cluster.kube.get(keyOf("url"))).toMatchObject({ data: { url: "pg.db" } });
      expect((await statusOf(world))["stage"]).toBeUndefined();
    },
  );

  test.each([
    ["before it is written", async (_: () => Promise<unknown>) => Promise.reject(new Unavailable("no answer"))],
    [
      "after it is written",
      async (perform: () => Promise<unknown>) => {
        await perform();
        throw new Unavailable("no answer");
      },
    ],
  ])("come to the same if a shared write fails %s", async (_, disturb) => {
    for (const write of [1, 2]) {
      const world = await makeWorld();
      await couple(world, disturbing(world.cluster.kube, write, disturb).kube);
      expect(await world.cluster.kube.get(keyOf("url"))).toMatchObject({ data: { url: "pg.db" } });
      const { stage, conditions } = await statusOf(world);
      expect(stage).toBeUndefined();
      expect(conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
    }
  });

  test("wait as long as any failed stage if the later one fails", async () => {
    const world = await makeWorld();
    const requested: [stage: string, at: number][] = [];
    const begun = world.clock.now();
    const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
      if (request.kind === "ConfigMap" && request.verb === "apply") throw new Unavailable("no answer");
      return perform();
    });
    const plugboard = await start(world, {
      kube,
      tell: (report) => {
        if (report.kind === "requested") requested.push([report.stage, world.clock.now() - begun]);
      },
    });
    await apply(world.cluster.kube, socket, plug);
    await rest(world, plugboard);
    await plugboard.stop();
    const couplings = requested.filter(([stage]) => stage === "plug.couple").map(([, at]) => at);
    expect(couplings.length).toBeGreaterThan(1);
    expect(couplings[0]).toBeGreaterThanOrEqual(500);
  });
});

describe("an object that is expected to be new", () => {
  const theirs = (name: string): KubeObject => ({
    ...keyOf(name),
    metadata: { name, namespace: "app" },
    data: { theirs: "stays" },
  });

  test.each(["client", "url"])("and is a stranger's is found, recorded as foreign and given back: %s", async (name) => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await kube.apply(theirs(name), { fieldManager: "they", force: true });
    const plugboard = await start(world);
    await apply(kube, socket, plug);
    await rest(world, plugboard);
    expect(await kube.get(keyOf(name))).toMatchObject({ data: { theirs: "stays" } });
    expect((await statusOf(world))["refs"]).toContainEqual(expect.objectContaining({ name, foreign: true }));
    await kube.delete(plugKey("shop"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await kube.get(plugKey("shop"))).toBeUndefined();
    expect((await kube.get(keyOf(name)))?.["data"]).toEqual({ theirs: "stays" });
  });

  test("and is in the way of who may not look at it is said at once, without a claim that goes on", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await kube.apply(theirs("client"), { fieldManager: "they", force: true });
    await apply(kube, socket, plug);
    const blind = interceptedKube(kube, async (request, perform) => {
      if (request.verb === "getMetadata" && request.kind === "ConfigMap") throw new Forbidden("no right to look");
      return perform();
    });
    const pods: World = { ...world, cluster: { ...world.cluster, kube: blind } };
    await runInPod(pods, { stage: "socket.create", namespace: "db", name: "pg" });
    for (const stage of ["plug.create", "plug.resolve-config", "plug.couple"] as const)
      await runInPod(pods, { stage, namespace: "app", name: "shop" });
    const status = await statusOf(world);
    expect(JSON.stringify(status["conditions"])).toContain("no right to look");
    expect(status["stage"]).toBeUndefined();
    expect(await kube.get(keyOf("client"))).toMatchObject({ data: { theirs: "stays" } });
  });

  test("calls no hook twice when it is found in the way", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await kube.apply(theirs("client"), { fieldManager: "they", force: true });
    const fake = fakeApparatus();
    const plugboard = await start(world, { apparatus: fake });
    await apply(kube, socket, { ...plug, spec: { ...Object(plug["spec"]), apparatus } });
    await rest(world, plugboard);
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(fake.calls.filter(({ path }) => path === "/coupled")).toHaveLength(1);
    expect(await kube.get(keyOf("client"))).toMatchObject({ data: { theirs: "stays", host: "pg.db" } });
  });

  test("and may not be applied keeps nobody from deleting the plug", async () => {
    const world = await makeWorld();
    const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
      if (request.kind === "ConfigMap" && request.as !== undefined) throw new Forbidden("no right to configmaps");
      return perform();
    });
    const plugboard = await start(world, { kube });
    await apply(world.cluster.kube, socket, plug);
    await rest(world, plugboard);
    expect(JSON.stringify(await statusOf(world))).toContain("no right to configmaps");
    await world.cluster.kube.delete(plugKey("shop"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await world.cluster.kube.get(plugKey("shop"))).toBeUndefined();
  });
});

describe("an object that is removed as it was watched", () => {
  test("stays if it lost our label in the same moment", async () => {
    const world = await makeWorld();
    const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
      if (request.verb === "delete" && request.name === "client")
        await world.cluster.kube.patch(keyOf("client"), {
          metadata: { labels: { "integration.rock8s.com/plug-uid": "another" } },
        });
      return perform();
    });
    const plugboard = await start(world, { kube });
    await apply(world.cluster.kube, socket, plug);
    await rest(world, plugboard);
    await world.cluster.kube.delete(plugKey("shop"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await world.cluster.kube.get(plugKey("shop"))).toBeUndefined();
    expect(await world.cluster.kube.get(keyOf("client"))).toBeDefined();
    expect(await world.cluster.kube.get(keyOf("url"))).toBeUndefined();
  });
});
