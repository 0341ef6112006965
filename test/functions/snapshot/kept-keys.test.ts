import { describe, expect, test } from "@jest/globals";
import { restoreCheck } from "../../../cli/takeover/restore-check.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import { keptKeysLabel, keptKeysName, keptKeysOwner } from "../../../crds/snapshot/kept-keys.ts";
import type { StageName } from "../../../crds/stage-names.ts";
import { findDueStage } from "../../../functions/lifecycle.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { deathAt, type Intercept, interceptedKube, type KubeRequest } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { podContext, runInPod } from "../../scenarios/faults/functions.ts";
import { configMapKey, plugKey, plugWith, socketWith, template } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

const shop = { kind: "Plug", namespace: "app", name: "shop" } as const;
const kept = { apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, name: keptKeysName(shop) };
const withKey = [
  { template: template("made", { key: '{% genPrivateKey "ecdsa" %}', size: "{% .plugConfig.size %}" }) },
];

/** The same spec with a second object that has a key. */
function twice(spec: object): object {
  const more = { template: template("more", { key: '{% genPrivateKey "ecdsa" %}' }) };
  return Object.fromEntries(
    Object.entries(spec).map(([field, value]) => [field, Array.isArray(value) ? [...value, more] : value]),
  );
}

/** The stages that make keys, and the specs of plugs for which they do. */
const makers: readonly (readonly [StageName, object])[] = [
  ["plug.resolve-config", { config: { size: "1" }, resources: withKey }],
  ["plug.template-result", { config: { size: "1" }, resultResources: withKey }],
];

describe.each(makers)("keys that %s makes", (stage, spec) => {
  test("are not left behind by a run that was held at any of its writes until its plug was gone", async () => {
    const held: string[] = [];
    for (let write = 1; ; write += 1) {
      const world = await worldAt(stage, spec);
      const hold = holdAt(write);
      const running = runInPod(through(world, hold.intercept), { stage, ...shop });
      const at = await Promise.race([hold.reached, running.then(() => undefined)]);
      if (at === undefined) break;
      held.push(`${at.verb} ${at.kind}`);
      await deleteToTheEnd(world);
      hold.release();
      await running;
      // A process that was suspended right before this very write is past the check of its claim.
      if (!isOfKeys(at)) expect(keptIn(world)).toBeUndefined();
      // The sweep of an unfinished one would call hooks for a coupling that has ended.
      expect(unfinishedIn(world)).toEqual([]);
      await sweep(world);
      expect(ownIn(world)).toEqual([]);
    }
    expect(held).toContain("create Secret");
    expect(held.filter((one) => one === "replaceStatus Plug")).toHaveLength(2);
  });

  test.each(["before", "after"] as const)(
    "are swept where the process died %s any of its writes and the plug was taken away",
    async (moment) => {
      for (let write = 1; ; write += 1) {
        const world = await worldAt(stage, spec);
        const death = deathAt(write, moment);
        await runInPod(through(world, death.intercept), { stage, ...shop });
        if (!death.died()) break;
        await takeAway(world);
        await sweep(world);
        expect(ownIn(world)).toEqual([]);
      }
    },
  );

  test("are those of the object, and stay, where the process died after any of its writes", async () => {
    for (let write = 1; ; write += 1) {
      const world = await worldAt(stage, spec);
      const death = deathAt(write, "after");
      await runInPod(through(world, death.intercept), { stage, ...shop });
      if (!death.died()) break;
      await world.clock.advance(75_000);
      const plugboard = await start(world);
      await rest(world, plugboard);
      const key = keyMade(world);
      expect(storedIn(world)).toContain(key);
      await apply(world.cluster.kube, plugWith("shop", { ...spec, config: { size: "2" } }));
      await rest(world, plugboard);
      await resyncs(world);
      await rest(world, plugboard);
      await plugboard.stop();
      expect(sizeMade(world)).toBe("2");
      expect(keyMade(world)).toBe(key);
      expect(storedIn(world)).toContain(key);
    }
  });

  test("are those that another process stored first", async () => {
    const world = await worldAt(stage, spec);
    const hold = holdAtKeys();
    const running = runInPod(through(world, hold.intercept), { stage, ...shop });
    await hold.reached;
    await world.clock.advance(75_000);
    await runDue(world);
    const key = keyMade(world);
    hold.release();
    await running;
    await runDue(world);
    expect(keyMade(world)).toBe(key);
    expect(storedIn(world)).toEqual([key]);
  });

  test("are those that another process added first to earlier ones", async () => {
    const world = await worldAt(stage, spec);
    await runDue(world);
    const earlier = keyMade(world);
    await apply(world.cluster.kube, plugWith("shop", twice(spec)));
    await runUntil(world, stage);
    const hold = holdAtKeys();
    const running = runInPod(through(world, hold.intercept), { stage, ...shop });
    await hold.reached;
    await world.clock.advance(75_000);
    await runDue(world);
    const keys = [keyMade(world), keyMade(world, "more")];
    hold.release();
    await running;
    await runDue(world);
    expect([keyMade(world), keyMade(world, "more")]).toEqual(keys);
    expect(keys[0]).toBe(earlier);
    expect(storedIn(world).toSorted()).toEqual(keys.toSorted());
  });

  test("are swept where they were stored for a coupling that did not come about, and the plug stays", async () => {
    const world = await worldAt(stage, spec);
    const hold = holdAtKeys();
    const running = runInPod(through(world, hold.intercept), { stage, ...shop });
    await hold.reached;
    await apply(world.cluster.kube, plugWith("shop", { socket: { name: "none", namespace: "db" } }));
    await world.clock.advance(75_000);
    await runDue(world);
    hold.release();
    await running;
    expect(storedIn(world)).toHaveLength(1);
    await sweep(world);
    expect(ownIn(world)).toEqual([]);
  });

  test("stay while a coupling has them, whoever asks for their sweep", async () => {
    const world = await worldAt(stage, spec);
    await runDue(world);
    await world.clock.advance(600_000);
    await askForSweep(world);
    expect(storedIn(world)).toEqual([keyMade(world)]);
  });

  test("are not taken for a snapshot", async () => {
    const world = await worldAt(stage, spec);
    await runDue(world);
    const { kube } = world.cluster;
    const { snapshots } = podContext(world);
    expect((await snapshots.heads(shop)).map(({ name }) => name)).toEqual(snapshotsIn(world));
    const plug = await kube.get(plugKey("shop"));
    expect(await snapshots.recordedAt({ namespace: "db", name: "pg" })).toEqual(new Set([plug?.metadata.uid]));
    const said: string[] = [];
    await restoreCheck(kube, { operatorNamespace, say: (line) => said.push(line) });
    expect(said).toEqual(["Snapshots: 1 in use, 0 to adopt, 0 whose coupling ends."]);
  });

  test("stay with a snapshot of another cluster, until its plug comes", async () => {
    const world = await worldAt(stage, spec);
    await runDue(world);
    const { kube } = world.cluster;
    const key = keyMade(world);
    for (const name of snapshotsIn(world))
      await kube.patch({ ...kept, name }, { metadata: { labels: { [snapshotLabels.clusterUid]: "another" } } });
    await takeAway(world);
    await sweep(world);
    expect(storedIn(world)).toEqual([key]);
    await apply(kube, plugWith("shop", spec));
    await sweep(world);
    expect(keyMade(world)).toBe(key);
  });

  test("are not taken from a plug that comes while they are swept", async () => {
    const world = await worldAt(stage, spec);
    const death = deathAtKeys();
    await runInPod(through(world, death.intercept), { stage, ...shop });
    await takeAway(world);
    await world.clock.advance(600_000);
    for (const name of snapshotsIn(world)) await world.cluster.kube.delete({ ...kept, name });
    const hold = holdAtKeys();
    const sweeping = askForSweep(through(world, hold.intercept));
    await hold.reached;
    await apply(world.cluster.kube, plugWith("shop", spec));
    await runDue(world);
    hold.release();
    await sweeping;
    expect(storedIn(world)).toContain(keyMade(world));
  });

  test("that an older Plugboard stored without a label are used, and end with the coupling", async () => {
    const world = await worldAt(stage, spec);
    await runDue(world);
    const { kube } = world.cluster;
    const key = keyMade(world);
    await kube.patch(kept, {
      metadata: { labels: { [keptKeysLabel]: null }, annotations: { [keptKeysOwner]: null } },
    });
    await apply(kube, plugWith("shop", { ...spec, config: { size: "2" } }));
    await runDue(world);
    expect(sizeMade(world)).toBe("2");
    expect(keyMade(world)).toBe(key);
    await deleteToTheEnd(world);
    expect(keptIn(world)).toBeUndefined();
  });

  test("are not made by looking at what the stage would do", async () => {
    const world = await worldAt(stage, spec);
    const { loadStage } = await import("../../../functions/stages.ts");
    await (await loadStage(stage)).decide(podContext(world), { stage, ...shop });
    expect(keptIn(world)).toBeUndefined();
  });
});

/** A plug and its socket, at the moment at which the stage is due. */
async function worldAt(stage: StageName, spec: object): Promise<World> {
  const world = await makeWorld();
  await apply(world.cluster.kube, socketWith("pg"), plugWith("shop", spec));
  await runUntil(world, stage);
  return world;
}

/** Runs what is due for the plug until the stage is. */
async function runUntil(world: World, stage: StageName): Promise<void> {
  for (let runs = 0; runs < 10; runs += 1) {
    const due = await dueIn(world);
    if (due === stage) return;
    await runOne(world, due);
  }
  throw new Error(`${stage} is never due`);
}

async function dueIn(world: World): Promise<StageName | undefined> {
  return (await findDueStage(podContext(world), shop))?.stage;
}

async function runOne(world: World, due: StageName | undefined): Promise<void> {
  const reply = due === undefined ? undefined : await runInPod(world, { stage: due, ...shop });
  if (reply?.kind === "retry" && reply.error.name !== "Conflict") throw reply.error;
}

/** Runs what is due for the plug, each in a pod of its own, until nothing is. */
async function runDue(world: World): Promise<void> {
  for (let runs = 0; runs < 20; runs += 1) {
    const due = await dueIn(world);
    if (due === undefined) return;
    await runOne(world, due);
  }
  throw new Error("it does not come to rest");
}

/** Deletes the plug; another process ends what there is of its coupling as soon as the claim of the first has run out. */
async function deleteToTheEnd(world: World): Promise<void> {
  await world.cluster.kube.delete(plugKey("shop"));
  await world.clock.advance(75_000);
  await runDue(world);
  expect(await world.cluster.kube.get(plugKey("shop"))).toBeUndefined();
}

/** Takes the plug away with nobody asked. */
async function takeAway({ cluster: { kube } }: World): Promise<void> {
  await kube.delete(plugKey("shop"));
  await kube.patch(plugKey("shop"), { metadata: { finalizers: null } });
}

async function askForSweep(world: World): Promise<void> {
  await runInPod(world, { stage: "snapshot.sweep", namespace: operatorNamespace, name: kept.name });
}

/** Lets Plugboard run until everything that it sweeps is gone. */
async function sweep(world: World): Promise<void> {
  const plugboard = await start(world);
  await rest(world, plugboard);
  await resyncs(world);
  await rest(world, plugboard);
  await plugboard.stop();
}

async function resyncs({ clock }: World): Promise<void> {
  for (let count = 0; count < 5; count += 1) await clock.advance(600_000);
}

/** The same world, with what is asked of it passing through `intercept`. */
function through(world: World, intercept: Intercept): World {
  const kube: Kube = interceptedKube(world.cluster.kube, intercept);
  return { ...world, cluster: { ...world.cluster, kube } };
}

interface Hold {
  readonly intercept: Intercept;
  /** The request that is held. */
  readonly reached: Promise<KubeRequest>;
  release(): void;
}

/** Holds the request of a process that is suspended right before it. */
function hold(isHeld: (request: KubeRequest) => boolean): Hold {
  const [reached, gate] = [Promise.withResolvers<KubeRequest>(), Promise.withResolvers<void>()];
  return {
    reached: reached.promise,
    release: () => gate.resolve(),
    async intercept(request, perform) {
      if (isHeld(request)) {
        reached.resolve(request);
        await gate.promise;
      }
      return perform();
    },
  };
}

/** Holds the n-th write. */
function holdAt(write: number): Hold {
  let writes = 0;
  return hold((request) => {
    if (request.write) writes += 1;
    return request.write && writes === write;
  });
}

function holdAtKeys(): Hold {
  return hold((request) => request.write && isOfKeys(request));
}

/** The death of a process right after it stored keys. */
function deathAtKeys(): { readonly intercept: Intercept } {
  let dead = false;
  return {
    async intercept(request, perform) {
      if (dead) throw new Unavailable("the process died");
      const answer = await perform();
      dead = request.write && isOfKeys(request);
      return answer;
    },
  };
}

function isOfKeys({ kind, name }: KubeRequest): boolean {
  return kind === kept.kind && name === kept.name;
}

function keptIn(world: World): KubeObject | undefined {
  return world.cluster.objects().find(({ kind, metadata }) => kind === kept.kind && metadata.name === kept.name);
}

/** The names of the snapshots. */
function snapshotsIn(world: World): readonly string[] {
  return world.cluster
    .objects()
    .filter(({ metadata }) => metadata.labels?.[snapshotLabels.of] !== undefined)
    .map(({ metadata }) => metadata.name);
}

/** The names of the snapshots of couplings that have not ended. */
function unfinishedIn(world: World): readonly string[] {
  const finished = ({ metadata }: KubeObject) => metadata.labels?.[snapshotLabels.finishedAt] !== undefined;
  const names = new Set(
    world.cluster
      .objects()
      .filter(finished)
      .map(({ metadata }) => metadata.name),
  );
  return snapshotsIn(world).filter((name) => !names.has(name));
}

/** The keys that are stored. */
function storedIn(world: World): readonly unknown[] {
  const texts = Object.values(Object(keptIn(world)?.["data"]));
  return texts.map((text) => JSON.parse(Buffer.from(String(text), "base64").toString())[1]);
}

function made(world: World, name: string): { readonly [key: string]: string } {
  const key = configMapKey("app", name);
  const isIt = ({ kind, metadata }: KubeObject) => kind === key.kind && metadata.name === key.name;
  return Object(world.cluster.objects().find(isIt)?.["data"]);
}

function keyMade(world: World, name = "made"): string | undefined {
  return made(world, name)["key"];
}

function sizeMade(world: World): string | undefined {
  return made(world, "made")["size"];
}

/** What Plugboard has in its own namespace. */
function ownIn(world: World): readonly string[] {
  return world.cluster
    .objects()
    .filter(({ metadata }) => metadata.namespace === operatorNamespace)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
