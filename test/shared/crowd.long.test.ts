import { expect, test } from "@jest/globals";
import { oneStageContext } from "../../cli/one-stage.ts";
import { labels, manager } from "../../crds/names.ts";
import { snapshotLabels, snapshotName, snapshotsOf } from "../../crds/snapshot-head.ts";
import { leaveShared, sharedMark } from "../../functions/shared-objects.ts";
import { makeWorld, operatorNamespace } from "../worlds.ts";

const holders = 10_000;
const target = { apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "shared" };
const as = { namespace: "db", name: "default" };
const nameOf = (index: number) => ({ namespace: "app", name: `p${index}` });

test("of ten thousand that render one object only the last takes it along, and each leaves with as few requests as the first", async () => {
  const { cluster, clock } = await makeWorld();
  const marks = (index: number) => ({
    [labels.managedBy]: manager,
    [snapshotLabels.of]: snapshotsOf(nameOf(index)),
    [snapshotLabels.plugUid]: `uid-${index}`,
    [snapshotLabels.revision]: "1",
    [sharedMark(target)]: "true",
  });
  const snapshots = Array.from({ length: holders }, (_, index) => {
    const metadata = { name: snapshotName(nameOf(index), 1, "x"), namespace: operatorNamespace, labels: marks(index) };
    return { apiVersion: "v1", kind: "Secret", metadata };
  });
  const owner = { [labels.managedBy]: manager, [labels.plugUid]: "uid-0" };
  await cluster.load([
    ...snapshots,
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared", namespace: "db", labels: owner } },
  ]);
  const context = oneStageContext({ kube: cluster.kube, clock, operatorNamespace, failed: () => {} });
  let requests = 0;
  cluster.onRequest(() => {
    requests += 1;
  });
  let most = 0;
  for (const [index, { metadata }] of snapshots.entries()) {
    if ((await cluster.kube.getMetadata(target)) === undefined) throw new Error(`gone before ${index} left`);
    requests = 0;
    await leaveShared(context, { target, as, plugUid: `uid-${index}`, snapshots: [metadata.name] });
    most = Math.max(most, requests);
  }
  expect(most).toBeLessThanOrEqual(6);
  expect(await cluster.kube.getMetadata(target)).toBeUndefined();
}, 300_000);
