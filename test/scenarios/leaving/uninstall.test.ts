import { describe, expect, test } from "@jest/globals";
import { apparatusMarks } from "../../../crds/apparatus/pod.ts";
import { Forbidden, Unavailable } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";
import { recordedObjects, restore } from "../takeover/recorded.ts";
import { heldBy, leave } from "./leaving.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const socket: KubeObject = socketWith("sock", {
  resources: [
    { when: ["created"], template: map("own") },
    { template: map("for-{% .plug.metadata.name %}") },
    { template: map("shared") },
    { retainWhenDecoupled: true, template: map("kept") },
    { when: ["decoupled"], template: map("farewell") },
  ],
});
const plug = (name: string): KubeObject =>
  plugWith(name, {
    socket: { name: "sock", namespace: "db" },
    resources: [{ template: map("theirs", { ours: "v" }) }],
    resultResources: [{ template: map(`result-${name}`) }],
  });

async function coupledWorld(): Promise<World> {
  const world = await makeWorld();
  await apply(world.cluster.kube, {
    ...map("theirs", { k: "v" }),
    metadata: { name: "theirs", namespace: "app" },
  } as KubeObject);
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, plug("a"), plug("b"));
  await rest(world, plugboard);
  await plugboard.stop();
  return world;
}

const names = (world: World): readonly string[] =>
  Object.keys(seenWorld(world.cluster.objects(), ["app", "db"])).toSorted();
const theirs = (world: World): readonly KubeObject[] =>
  world.cluster
    .objects()
    .filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.namespace !== operatorNamespace);

describe("plugboard uninstall", () => {
  test("takes back what was applied, lets go of everything, and keeps plugs and sockets", async () => {
    const world = await coupledWorld();
    const { code, said } = await leave(world);
    expect(code).toBe(0);
    expect(names(world)).toEqual([
      "app/ConfigMap/theirs",
      "app/Plug/a",
      "app/Plug/b",
      "db/ConfigMap/kept",
      "db/Socket/sock",
    ]);
    expect(said).toContain("ConfigMap db/kept: it stays after its coupling");
    expect(heldBy(world.cluster.objects())).toEqual([]);
  });

  test("gives a stranger's object back as it was", async () => {
    const world = await coupledWorld();
    await leave(world);
    const found = await world.cluster.kube.get({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "app",
      name: "theirs",
    });
    expect([found?.["data"], found?.metadata.labels]).toEqual([{ k: "v" }, undefined]);
  });

  test("with --keep-objects touches no object, and says which are left", async () => {
    const world = await coupledWorld();
    const before = theirs(world);
    const { code, said } = await leave(world, { keepObjects: true });
    expect(code).toBe(0);
    expect(theirs(world)).toEqual(before);
    expect(said).toMatch(/Plug app\/a leaves .*ConfigMap db\/for-a/);
    expect(heldBy(world.cluster.objects())).toEqual([]);
  });

  test.each([true, false])("may be run again, keeping objects: %s", async (keepObjects) => {
    const world = await coupledWorld();
    await leave(world, { keepObjects });
    const before = names(world);
    expect((await leave(world, { keepObjects })).code).toBe(0);
    expect(names(world)).toEqual(before);
  });

  test("names what it could not take back, keeps its plug, and goes on when it is run again", async () => {
    const world = await coupledWorld();
    const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
      if (request.verb === "delete" && request.name === "for-a") throw new Unavailable("the API server is away");
      return await perform();
    });
    const first = await leave({ ...world, cluster: { ...world.cluster, kube } });
    expect(first).toMatchObject({
      code: 1,
      said: expect.stringContaining("Plug app/a keeps its finalizer: ConfigMap db/for-a"),
    });
    expect(heldBy(world.cluster.objects())).toContain("Plug app/a");
    expect((await leave(world)).code).toBe(0);
    expect(heldBy(world.cluster.objects())).toEqual([]);
  });

  test("with --keep-objects leaves couplings that a Plugboard installed later takes over, and can end", async () => {
    const world = await coupledWorld();
    const before = names(world);
    await leave(world, { keepObjects: true });
    const plugboard = await start(world);
    await rest(world, plugboard);
    expect(names(world)).toEqual(before);
    for (const name of ["a", "b"]) await world.cluster.kube.delete(plugKey(name));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(names(world)).toEqual([
      "app/ConfigMap/theirs",
      "db/ConfigMap/farewell",
      "db/ConfigMap/kept",
      "db/ConfigMap/own",
      "db/Socket/sock",
    ]);
    const theirsAgain = await world.cluster.kube.get({
      ...map("theirs"),
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "app",
      name: "theirs",
    });
    expect(theirsAgain?.["data"]).toEqual({ k: "v" });
  });

  test("lets a plug go that was being deleted", async () => {
    const world = await coupledWorld();
    await world.cluster.kube.delete(plugKey("a"));
    await leave(world, { keepObjects: true });
    expect(names(world)).not.toContain("app/Plug/a");
  });

  test("removes the Pods and Services of apparatuses", async () => {
    const world = await coupledWorld();
    const marks = { "app.kubernetes.io/managed-by": "plugboard", [apparatusMarks.of]: "uid" };
    const metadata = { name: "p-apparatus", namespace: "app", labels: marks };
    const spec = { containers: [{ name: "c", image: "example/x" }] };
    await world.cluster.load([{ apiVersion: "v1", kind: "Pod", metadata, spec }]);
    expect(await leave(world, { keepObjects: true })).toMatchObject({
      code: 0,
      said: expect.stringContaining("Pod app/p-apparatus"),
    });
    expect(world.cluster.objects().filter(({ kind }) => kind === "Pod")).toEqual([]);
  });

  describe("where policies let Plugboard alone change what is its own", () => {
    const policy = (name: string, component: string): readonly KubeObject[] => {
      const labels = { "app.kubernetes.io/name": "plugboard", "app.kubernetes.io/component": component };
      const head = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name, labels } };
      return ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].map((kind) => ({
        ...head,
        kind,
        spec: {},
      }));
    };
    const left = (world: World): readonly string[] =>
      world.cluster.objects().flatMap(({ kind, metadata }) => (kind.startsWith("Validating") ? [metadata.name] : []));

    test("removes them first, and nobody else's", async () => {
      const world = await coupledWorld();
      const ours = [...policy("plugboard-guard", "guard"), ...policy("plugboard-impersonation", "guard")];
      await world.cluster.load([...ours, ...policy("another", "guard")]);
      const { code, said } = await leave(world);
      expect(code).toBe(0);
      const removed = said.split("\n").slice(0, 4);
      expect(removed.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
        "ValidatingAdmissionPolicyBinding plugboard-guard",
        "ValidatingAdmissionPolicyBinding plugboard-impersonation",
        "ValidatingAdmissionPolicy plugboard-guard",
        "ValidatingAdmissionPolicy plugboard-impersonation",
      ]);
      expect(left(world)).toEqual(["another", "another"]);
      await world.cluster.load(policy("plugboard-guard", "somebody-elses"));
      await leave(world);
      expect(left(world)).toContain("plugboard-guard");
    });

    test("waits while the API server still applies what is gone, and not for ever", async () => {
      const refusing = (world: World, times: number): World => {
        let left = times;
        const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
          if (request.verb !== "replaceStatus" || left === 0) return perform();
          left -= 1;
          throw new Forbidden("Only Plugboard writes the status of Plugs and Sockets");
        });
        return { ...world, cluster: { ...world.cluster, kube } };
      };
      const world = await coupledWorld();
      await world.cluster.load(policy("plugboard-guard", "guard"));
      const waits: number[] = [];
      const wait = async (milliseconds: number) => waits.push(milliseconds);
      expect((await leave(refusing(world, 1_000), { wait })).code).toBe(1);
      expect(waits).toEqual(Array.from({ length: 20 }, () => 500));
      await world.cluster.load(policy("plugboard-guard", "guard"));
      expect((await leave(refusing(world, 3), { wait })).code).toBe(0);
      expect(waits).toHaveLength(23);
      const other = await coupledWorld();
      expect((await leave(refusing(other, 1), { wait })).code).toBe(1);
      expect(waits).toHaveLength(23);
    });

    test("goes on where it may not look for them", async () => {
      const world = await coupledWorld();
      const kube = interceptedKube(world.cluster.kube, async (request, perform) => {
        if (request.kind.startsWith("Validating")) throw new Forbidden("may not look");
        return perform();
      });
      expect((await leave({ ...world, cluster: { ...world.cluster, kube } })).code).toBe(0);
    });
  });

  test("refuses while a plugboard run leads", async () => {
    const world = await coupledWorld();
    const renewTime = new Date(world.clock.now()).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: "another", leaseDurationSeconds: 15, renewTime };
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "plugboard", namespace: operatorNamespace },
      spec,
    };
    await world.cluster.load([lease]);
    await expect(leave(world)).rejects.toThrow("Stop it first");
    await world.clock.advance(30_000);
    expect((await leave(world)).code).toBe(0);
  });

  test("leaves what can be coupled anew by a Plugboard installed later", async () => {
    const world = await coupledWorld();
    const before = names(world);
    await leave(world);
    const plugboard = await start(world);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(names(world)).toEqual(before);
    expect(world.broken).toEqual([]);
  });

  test.each([true, false])(
    "lets go of what was taken over and never updated, keeping objects: %s",
    async (keepObjects) => {
      const world = await makeWorld();
      await world.cluster.load(["app-lifecycle", "db-lifecycle"].map(namespace));
      await restore(world.cluster.kube, recordedObjects("lifecycle"));
      const before = theirs(world);
      const plugboard = await start(world);
      await rest(world, plugboard);
      await plugboard.stop();
      expect((await leave(world, { keepObjects })).code).toBe(0);
      expect(heldBy(world.cluster.objects())).toEqual([]);
      expect(theirs(world).map(({ metadata }) => metadata.name)).toEqual(
        keepObjects ? before.map(({ metadata }) => metadata.name) : ["kept"],
      );
    },
  );
});
