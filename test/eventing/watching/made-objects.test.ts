import { describe, expect, test } from "@jest/globals";
import { finalizer, labels, manager } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import type { PlugRef } from "../../../crds/plug/plug.generated.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import type { Delivery } from "../../../eventing/report.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { versionOfContents } from "../../../kit/loop/versions.ts";
import { plugKey } from "../../worlds/manifests.ts";
import { type Ground, ground, plugManifest, settle, socketManifest } from "../ground.ts";

const roleKey = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", namespace: "apps", name: "made" };

function role(verbs: readonly string[], marks: { readonly [label: string]: string } = {}): KubeObject {
  const { apiVersion, kind, namespace, name } = roleKey;
  return {
    apiVersion,
    kind,
    metadata: { namespace, name, labels: marks },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
  };
}

/** A coupled plug that made a Role, as its status says; functions that take no events. */
async function coupledGround(
  marks: { readonly [label: string]: string },
  inRole: PlugRef["role"] = "applied",
): Promise<{ world: Ground; source: ApiSource }> {
  const world = await ground([socketManifest(), plugManifest("app"), role(["get"], marks)]);
  const first = world.open();
  await settle(world, first);
  await first.stop();
  await addRef(world, { ...roleKey, role: inRole, version: await versionOfRole(world), entry: "coupling" });
  world.events.length = 0;
  const sink = async (): Promise<Delivery> => ({ kind: "answered", reply: { kind: "nothing", why: "a witness" } });
  const source = world.open({ sink, resyncMilliseconds: 600_000 });
  await settle(world, source);
  return { world, source };
}

async function addRef({ cluster }: Ground, ref: PlugRef): Promise<void> {
  const plug = await cluster.kube.get(plugKey("app", "apps"));
  if (plug === undefined) throw new Error("there is no plug");
  const { status } = parsePlug(plug);
  await cluster.kube.replaceStatus({ ...plug, status: { ...status, refs: [...(status?.refs ?? []), ref] } });
}

async function versionOfRole({ cluster }: Ground): Promise<string> {
  const made = await cluster.kube.get(roleKey);
  return made === undefined ? "absent" : versionOfContents(made.metadata);
}

const stagesOf = ({ events }: Ground): readonly string[] => [...new Set(events.map(({ data }) => data.stage))];

describe("what was made", () => {
  test("is watched by our label, and its removal is seen at once", async () => {
    const { world, source } = await coupledGround({ [labels.managedBy]: manager });
    expect(stagesOf(world)).toEqual([]);
    await world.cluster.kube.delete(roleKey);
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.repair"]);
  });

  test("that loses our label is seen to be changed, not taken for gone", async () => {
    const { world, source } = await coupledGround({ [labels.managedBy]: manager });
    await world.cluster.kube.patch(roleKey, { metadata: { labels: null } });
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.repair"]);
  });

  test("and never carried our label is not taken for gone; its removal is found at a resync", async () => {
    const { world, source } = await coupledGround({});
    expect(stagesOf(world)).toEqual([]);
    await world.cluster.kube.delete(roleKey);
    await settle(world, source);
    expect(stagesOf(world)).toEqual([]);
    await world.clock.advance(600_000);
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.repair"]);
  });

  test("by another, and is read by a plug, is watched without a label", async () => {
    const { world, source } = await coupledGround({}, "input");
    expect(stagesOf(world)).toEqual([]);
    await world.cluster.kube.apply(role(["list"]), { fieldManager: "them", force: true });
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.resolve-config"]);
  });

  test("and comes to be read as well is then watched whole", async () => {
    const { world, source } = await coupledGround({});
    await addRef(world, { ...roleKey, role: "input", version: await versionOfRole(world) });
    await settle(world, source);
    expect(stagesOf(world)).toEqual([]);
    await world.cluster.kube.apply(role(["list"]), { fieldManager: "them", force: true });
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.resolve-config"]);
  });

  test("was read, and is gone before its kind is watched, is seen to be gone", async () => {
    const { world, source } = await coupledGround({ [labels.managedBy]: manager });
    world.cluster.faults.delay(1_000, ({ verb, kind }) => verb === "list" && kind === "Job");
    await addRef(world, {
      apiVersion: "batch/v1",
      kind: "Job",
      namespace: "apps",
      name: "gone",
      role: "result",
      version: "1",
    });
    await settle(world, source);
    expect(stagesOf(world)).toEqual(["plug.template-result"]);
  });

  test("of a kind nobody uses any more is not watched any more after two resyncs", async () => {
    const { world, source } = await coupledGround({ [labels.managedBy]: manager });
    const watched = world.cluster.openWatches();
    const plug = await world.cluster.kube.get(plugKey("app", "apps"));
    await world.cluster.kube.patch(plugKey("app", "apps"), { metadata: { finalizers: [finalizer] } });
    if (plug === undefined) throw new Error("there is no plug");
    const { resourceVersion: _, ...metadata } = plug.metadata;
    await world.cluster.kube.replaceStatus({ ...plug, metadata, status: {} });
    await settle(world, source);
    await world.clock.advance(1_200_001);
    await settle(world, source);
    expect(world.cluster.openWatches()).toBe(watched - 1);
  });
});

describe("a census that is written", () => {
  test("has only those plugs looked at that gained or lost a place", async () => {
    const world = await ground([socketManifest("db", { limit: 1 }), plugManifest("a"), plugManifest("b")]);
    const source = world.open();
    await settle(world, source);
    const waits = world.events.filter(({ name, data }) => name === "b" && data.stage === "plug.resolve-config").length;
    await world.cluster.kube.delete(plugKey("a", "apps"));
    for (let second = 0; second < 5; second += 1) {
      await world.clock.advance(1_000);
      await settle(world, source);
    }
    expect(waits).toBeLessThanOrEqual(2);
    expect((await world.plug("b"))?.status?.performed).toBeDefined();
  });
});
