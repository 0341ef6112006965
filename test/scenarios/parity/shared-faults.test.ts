import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseManifests } from "../../../cli/cluster/manifest-files.ts";
import type { Kube, KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { namespace, plugKey } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

interface Lived {
  readonly world: World;
  readonly kube: Kube;
  rest(): Promise<void>;
}

/** A world in which Plugboard has coupled the manifests of one file of test/reported. */
async function livingOn(file: string, ...more: readonly KubeObject[]): Promise<Lived> {
  const world = await makeWorld();
  await world.cluster.load([namespace("default"), ...more]);
  const running = await start(world);
  const text = readFileSync(new URL(`../../reported/${file}.yaml`, import.meta.url), "utf8");
  const { manifests, problems } = parseManifests(text, file);
  expect(problems).toEqual([]);
  await apply(world.cluster.kube, ...manifests.map(({ object }) => object));
  await rest(world, running);
  return { world, kube: world.cluster.kube, rest: () => rest(world, running) };
}

const inDefault = (kind: string, name: string, apiVersion = "v1"): ObjectKey => ({
  apiVersion,
  kind,
  namespace: "default",
  name,
});

function readyOf(object: KubeObject | undefined): string {
  const status = object?.["status"] as {
    readonly conditions?: readonly { type: string; status: string; message: string }[];
  };
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return `${ready?.status}: ${ready?.message}`;
}

function notesOf({ cluster }: World, reason: string): readonly unknown[] {
  return cluster.objects().flatMap((object) => (object["reason"] === reason ? [object["note"]] : []));
}

test("optional-unnamed couples and decouples, with a Warning", async () => {
  const { world, kube, rest: settle } = await livingOn("optional-unnamed");
  expect(readyOf(await kube.get(plugKey("main", "default")))).toMatch(/^True/);
  expect(
    JSON.stringify(await kube.get({ ...inDefault("Job", "pg-make-default", "batch/v1"), namespace: "dbs" })),
  ).toContain('if [ \\"<no value>\\" != \\"0\\" ]; then echo flow; fi');
  expect(notesOf(world, "MissingValue")).toEqual([expect.stringContaining(".plugConfig.make has no value")]);
  await kube.delete(plugKey("main", "default"));
  await settle();
  expect(await kube.get(plugKey("main", "default"))).toBeUndefined();
  const dropped = await kube.get({ ...inDefault("Job", "pg-drop-default", "batch/v1"), namespace: "dbs" });
  expect(JSON.stringify(dropped)).toContain("true");
});

test("binary-secret arrives with the same bytes in every copy", async () => {
  const { kube } = await livingOn("binary-secret");
  const jks = "/u3+7QAAAAIAAAABAAAAAQ==";
  const password = "czNjcmV0Cg==";
  expect((await kube.get(inDefault("Secret", "copy-config")))?.["data"]).toEqual({ "store.jks": jks, password });
  expect((await kube.get(inDefault("Secret", "copy-var")))?.["data"]).toEqual({
    "store.jks": jks,
    decodedAgain: jks,
    sameTemplate: jks,
  });
  expect((await kube.get(inDefault("Secret", "copy-text")))?.["data"]).toMatchObject({
    "store.jks": jks,
    password,
    raw: jks,
  });
});

test("yaml-scalars keeps whole numbers exact, and reads all else as kubectl does", async () => {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: open } } };
  const { kube } = await livingOn("yaml-scalars", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things", singular: "thing" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  const json = { id: 9007199254740993n, small: 1, big: 1e21, f: 0.1 };
  expect((await kube.get(inDefault("Thing", "t", "example.org/v1")))?.["spec"]).toMatchObject({
    literalBig: 9007199254740993n,
    big: 9007199254740993n,
    max: 9223372036854775807n,
    inf: "5e1234567",
    literalOct: 256,
    literalTime: "12:30:45",
    literalNorway: false,
    verQuoted: "1.10",
    jsonId: "9007199254740993",
    jsonAll: json,
    jsonYaml: json,
    addBig: "9007199254740994",
    int64max: "9223372036854775807",
    div0: "9007199254740993",
  });
});

test("from-kubectl-get is applied without uid, with a Warning", async () => {
  const { world, kube } = await livingOn("from-kubectl-get");
  expect(readyOf(await kube.get(plugKey("p", "default")))).toMatch(/^True/);
  expect((await kube.get(inDefault("ConfigMap", "c")))?.metadata.uid).not.toMatch(/^11111111-/);
  expect(notesOf(world, "ServerSetFields")).toEqual([expect.stringContaining("metadata.uid")]);
});

test("secret-short-name names the object that the API server refuses", async () => {
  const { kube } = await livingOn("secret-short-name");
  expect(readyOf(await kube.get(plugKey("p", "default")))).toMatch(/^False: .*ConfigMap default\/version/);
  expect(readyOf(await kube.get(plugKey("p2", "default")))).toMatch(/^False: .*ConfigMap default\/settings/);
});
