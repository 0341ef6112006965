import { expect, test } from "@jest/globals";
import type { SourceReport } from "../../eventing/report.ts";
import { MetadataWatches, watchedKindsAtMost } from "../../eventing/watching/metadata-watches.ts";
import { interceptedKube } from "../../kit/kube/intercept.ts";
import { createMemoryCluster } from "../../kit/memory/cluster.ts";
import { handClock } from "../worlds/hand-clock.ts";

const kindsOf = (tenant: number) =>
  Array.from({ length: 200 }, (_, n) => `g${n}.tenant-${tenant}.example.com/v1/K${n}`);

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

function watches() {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock });
  const lists: string[] = [];
  const reports: SourceReport[] = [];
  const kube = interceptedKube(cluster.kube, (request, perform) => {
    if (request.verb === "list") lists.push(request.kind);
    return perform();
  });
  const used = new Map<string, number>();
  const metadata = new MetadataWatches(
    {
      kube,
      clock,
      random: () => 0.5,
      tell: (report) => reports.push(report),
      namespaces: undefined,
      retryMilliseconds: 600_000,
      touched: () => {},
      changed: () => {},
      listed: () => {},
      madeSelector: "made=true",
      ownerLabels: [],
      fieldManager: "operator",
      alwaysWatched: ["v1/Secret"],
    },
    (kind) => ({ labelled: used.get(kind) ?? 0, read: 0 }),
  );
  metadata.start();
  const use = (...kinds: readonly string[]): void => {
    for (const kind of kinds) {
      used.set(kind, (used.get(kind) ?? 0) + 1);
      metadata.use(kind);
    }
  };
  return { metadata, use, used, lists, reports, clock };
}

test("a kind is watched once, however many refer to it", async () => {
  const { metadata, use, lists } = watches();
  for (let plug = 0; plug < 50; plug += 1) use("v1/ConfigMap", "v1/Service");
  await turns();
  expect(lists.toSorted()).toEqual(["ConfigMap", "Secret", "Service"]);
  await metadata.stop();
});

test("statuses that name more kinds than any cluster serves have a bounded number watched, and the kinds that are served among them", async () => {
  const { metadata, use, lists, reports } = watches();
  for (let tenant = 0; tenant < 20; tenant += 1) use(...kindsOf(tenant));
  await turns();
  expect(new Set(lists).size).toBeLessThanOrEqual(watchedKindsAtMost);
  expect(lists.length).toBeLessThanOrEqual(watchedKindsAtMost);
  use("v1/ConfigMap");
  await turns();
  const map = { apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "none" };
  expect(metadata.see(map)).toEqual({ known: false });
  expect(metadata.synced("v1/ConfigMap")).toBe(true);
  expect(metadata.refused(map)).toBe(false);
  const over = { apiVersion: "g7.tenant-19.example.com/v1", kind: "K7", namespace: "app", name: "x" };
  expect(metadata.refused(over)).toBe(true);
  expect(metadata.refusedKinds).toContain("g7.tenant-19.example.com/v1/K7");
  const told = reports.flatMap((report) =>
    report.kind === "may not watch" ? [String(Object(report.error).message)] : [],
  );
  expect(told).toContainEqual(expect.stringContaining("more than 500 kinds are referred to; changes of K7"));
  await metadata.stop();
});

test("a kind that was left over is watched once there is room", async () => {
  const { metadata, use, used } = watches();
  for (let tenant = 0; tenant < 3; tenant += 1) use(...kindsOf(tenant));
  await turns();
  const left = { apiVersion: "g199.tenant-2.example.com/v1", kind: "K199", name: "x" };
  expect(metadata.refused(left)).toBe(true);
  for (const kind of kindsOf(0)) used.delete(kind);
  metadata.resync();
  metadata.resync();
  metadata.resync();
  await turns();
  expect(metadata.refusedKinds.filter((kind) => kind.includes("tenant-0"))).toEqual([]);
  expect(metadata.refusedKinds).toHaveLength(400);
  await metadata.stop();
});
