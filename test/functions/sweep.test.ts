import { expect, test } from "@jest/globals";
import { Forbidden } from "../../kit/errors.ts";
import { faultyKube } from "../../kit/faulty-kube.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { plugWith, socketWith } from "../apparatus/coupled-worlds.ts";
import { apply, makeWorld, operatorNamespace, plugKey, rest, start } from "../worlds.ts";

const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "made" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/x" }] } } },
};

test("what a plug that vanished made goes, although Plugboard may not list its kind: the snapshot tells its name", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const withoutJobs = faultyKube(kube, async ({ verb, kind, as }, perform) => {
    if (kind === "Job" && as === undefined && (verb === "list" || verb === "watch" || verb === "getMetadata"))
      throw new Forbidden(`may not ${verb} jobs`);
    return perform();
  });
  const plugboard = await start(world, { kube: withoutJobs });
  await apply(kube, socketWith("pg", {}), plugWith("shop", { resources: [{ template: job }] }));
  await rest(world, plugboard);
  expect(jobs(world.cluster.objects())).toEqual(["made"]);
  await kube.delete(plugKey("shop"));
  await kube.patch(plugKey("shop"), { metadata: { finalizers: null } });
  for (let resyncs = 0; resyncs < 4; resyncs += 1) {
    await world.clock.advance(600_000);
    await rest(world, plugboard);
  }
  await plugboard.stop();
  expect(jobs(world.cluster.objects())).toEqual([]);
  expect(world.cluster.objects().filter(({ metadata }) => metadata.namespace === operatorNamespace)).toEqual([]);
});

function jobs(objects: readonly KubeObject[]): readonly string[] {
  return objects.filter(({ kind }) => kind === "Job").map(({ metadata }) => metadata.name);
}
