import { expect, test } from "@jest/globals";
import { type Manifest, parseManifests } from "../../../cli/cluster/manifest-files.ts";
import { ManifestSet } from "../../../cli/cluster/manifest-set.ts";
import { makeWorld } from "../../worlds/worlds.ts";

function manifests(...objects: readonly object[]): readonly Manifest[] {
  return parseManifests(objects.map((object) => JSON.stringify(object)).join("\n---\n"), "f.yaml").manifests;
}

const configMap = (name: string, data = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "made-when-missing" },
  data,
});

test("the cluster follows the files: new is applied, edited is edited, removed is deleted, the same is left alone", async () => {
  const { cluster } = await makeWorld();
  const set = new ManifestSet(cluster.kube);
  const names = async () =>
    (await cluster.kube.list({ apiVersion: "v1", kind: "ConfigMap" })).items.map(({ metadata }) => metadata.name);
  expect((await set.apply(manifests(configMap("one"), configMap("two")))).applied).toHaveLength(2);
  const outcome = await set.apply(manifests(configMap("one", { now: "edited" }), configMap("three")));
  expect(outcome.applied.map(({ object, known }) => [object.metadata.name, known])).toEqual([
    ["one", true],
    ["three", false],
  ]);
  expect(outcome.removed.map(({ name }) => name)).toEqual(["two"]);
  expect(await names()).toEqual(["one", "three"]);
  expect(await set.apply(manifests(configMap("one", { now: "edited" }), configMap("three")))).toEqual({
    applied: [],
    removed: [],
    problems: [],
  });
});

test("while something is refused nothing is deleted, and each refusal names its place", async () => {
  const { cluster } = await makeWorld();
  const set = new ManifestSet(cluster.kube);
  await set.apply(manifests(configMap("one")));
  const { removed, problems } = await set.apply(
    manifests({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "odd" } }),
  );
  expect(removed).toEqual([]);
  expect(problems).toEqual([
    "f.yaml:1: Thing odd has the unknown kind Thing of example.com/v1; add the file of its CustomResourceDefinition, or correct apiVersion and kind",
  ]);
});

test("a CRD later in the files serves a kind earlier in them", async () => {
  const { cluster } = await makeWorld();
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  const thing = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "odd" } };
  const { problems, applied } = await new ManifestSet(cluster.kube).apply(manifests(thing, crd));
  expect(problems).toEqual([]);
  expect(applied.map(({ object }) => `${object.kind} ${object.metadata.namespace ?? ""}`)).toEqual([
    "CustomResourceDefinition ",
    "Thing default",
  ]);
});
