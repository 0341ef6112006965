import { expect, test } from "@jest/globals";
import { Unavailable } from "../../../kit/errors.ts";
import { fencedKube, observedKube } from "../../../kit/kube/intercept.ts";
import { namespace } from "../../worlds/manifests.ts";
import { makeWorld } from "../../worlds/worlds.ts";

test("who has lost the lease asks nothing of the cluster any more, under any name", async () => {
  const { cluster } = await makeWorld();
  const term = new AbortController();
  const kube = fencedKube(cluster.kube, term.signal, () => new Unavailable("this instance does not lead any more"));
  await kube.create(namespace("while-leading"));
  term.abort();
  const late = kube.as({ namespace: "app", name: "default" });
  for (const one of [kube, late])
    await expect(one.create(namespace("too-late"))).rejects.toThrow("does not lead any more");
  const names = (await cluster.kube.list({ apiVersion: "v1", kind: "Namespace" })).items.map(
    ({ metadata }) => metadata.name,
  );
  expect(names).toContain("while-leading");
  expect(names).not.toContain("too-late");
});

test("writes that took effect are told with who made them; reads and refusals are not", async () => {
  const { cluster } = await makeWorld();
  const heard: string[] = [];
  const kube = observedKube(cluster.kube, ({ request, object }) =>
    heard.push(`${request.verb} ${object?.metadata.name} as ${request.as?.name ?? "itself"}`),
  );
  await kube.as({ namespace: "app", name: "someone" }).create(namespace("one"));
  await kube.get({ apiVersion: "v1", kind: "Namespace", name: "one" });
  await kube.create(namespace("one")).catch(() => undefined);
  expect(heard).toEqual(["create one as someone"]);
});
