import { describe, expect, test } from "@jest/globals";
import { type Campaign, campaign } from "../../../kit/election/campaign.ts";
import { Unavailable } from "../../../kit/errors.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { type HandClock, handClock } from "../../worlds/hand-clock.ts";

const lease = { namespace: "default", name: "plugboard" };
const key = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...lease };

interface Candidate extends Campaign {
  readonly diary: string[];
}

function ground() {
  const clock = handClock();
  return { clock, kube: createMemoryCluster({ clock }).kube };
}

function runFor(kube: Kube, clock: HandClock, identity: string): Candidate {
  const diary: string[] = [];
  const campaigning = campaign({
    kube,
    clock,
    lease,
    identity,
    releasedBy: "example.com/released-by",
    random: () => 0.5,
    onElected: ({ former, signal }) => {
      diary.push(`elected after ${former ?? "nobody"}`);
      signal.addEventListener("abort", () => diary.push("term over"));
    },
    onLost: () => diary.push("lost"),
    onError: (error) => diary.push(error instanceof Error ? error.name : "?"),
  });
  return Object.assign(campaigning, { diary });
}

/** A cluster that can be cut off, and whose answers to patches can be held back. */
function cuttable(kube: Kube) {
  const line = { cut: false };
  const through = <T>(send: () => Promise<T>) => (line.cut ? Promise.reject(new Unavailable("cut off")) : send());
  const cuttableKube: Kube = {
    ...kube,
    get: (read) => through(() => kube.get(read)),
    create: (object) => through(() => kube.create(object)),
    patch: (read, patch) => through(() => kube.patch(read, patch)),
  };
  return { line, kube: cuttableKube };
}

describe("a campaign", () => {
  test("makes the Lease where there is none, and leads", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(0);
    expect(first.leading).toBe(true);
    expect(first.diary).toEqual(["elected after nobody"]);
    const made = await kube.get(key);
    expect(made?.["spec"]).toMatchObject({ holderIdentity: "first", leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test("of two that begin together one leads, for as long as it renews", async () => {
    const { clock, kube } = ground();
    const both = [runFor(kube, clock, "a"), runFor(kube, clock, "b")];
    await clock.advance(10 * 60_000);
    expect(both.map(({ leading }) => leading).sort()).toEqual([false, true]);
    expect(both.flatMap(({ diary }) => diary)).toEqual(["elected after nobody"]);
  });

  test("a leader that steps down is followed at the next attempt, by one who knows whom", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(0);
    const second = runFor(kube, clock, "second");
    await clock.advance(5_000);
    await first.stop();
    expect(first).toMatchObject({ leading: false, diary: ["elected after nobody", "term over"] });
    await clock.advance(2_500);
    expect(second).toMatchObject({ leading: true, diary: ["elected after first"] });
    expect((await kube.get(key))?.["spec"]).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
  });

  test("a leader that is cut off stops before another begins", async () => {
    const { clock, kube } = ground();
    const { line, kube: cut } = cuttable(kube);
    const first = runFor(cut, clock, "first");
    await clock.advance(0);
    const second = runFor(kube, clock, "second");
    await clock.advance(4_000);
    line.cut = true;
    for (let passed = 0; passed < 30; passed += 1) {
      await clock.advance(1_000);
      expect(first.leading && second.leading).toBe(false);
      if (second.leading) expect(first.diary).toContain("lost");
    }
    expect(first.diary).toContain("lost");
    expect(second).toMatchObject({ leading: true, diary: ["elected after first"] });
  });

  test("of two that find the leader gone at the same moment one follows", async () => {
    const { clock, kube } = ground();
    const { line, kube: cut } = cuttable(kube);
    runFor(cut, clock, "first");
    await clock.advance(0);
    const both = [runFor(kube, clock, "a"), runFor(kube, clock, "b")];
    line.cut = true;
    for (let passed = 0; passed < 60; passed += 1) {
      await clock.advance(1_000);
      expect(both.filter(({ leading }) => leading).length).toBeLessThan(2);
    }
    expect(both.flatMap(({ diary }) => diary)).toEqual(["elected after first"]);
  });

  test("a leader that was suspended does not take itself for one when it wakes", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(0);
    clock.suspend(11_000);
    expect(first.leading).toBe(false);
  });

  test("a short outage costs no term", async () => {
    const { clock, kube } = ground();
    const { line, kube: cut } = cuttable(kube);
    const first = runFor(cut, clock, "first");
    await clock.advance(4_000);
    line.cut = true;
    await clock.advance(6_000);
    line.cut = false;
    await clock.advance(60_000);
    expect(first.leading).toBe(true);
    expect(new Set(first.diary)).toEqual(new Set(["elected after nobody", "Unavailable"]));
  });

  test("who has lost runs again and leads when the way is free", async () => {
    const { clock, kube } = ground();
    const { line, kube: cut } = cuttable(kube);
    const first = runFor(cut, clock, "first");
    await clock.advance(0);
    line.cut = true;
    await clock.advance(20_000);
    line.cut = false;
    await clock.advance(5_000);
    expect(first.leading).toBe(true);
    expect(first.diary.filter((entry) => entry !== "Unavailable")).toEqual([
      "elected after nobody",
      "term over",
      "lost",
      "elected after nobody",
    ]);
  });

  test("a Lease that is deleted is made again without a change of leader", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(3_000);
    await kube.delete(key);
    await clock.advance(6_000);
    expect(first).toMatchObject({ leading: true, diary: ["elected after nobody"] });
    expect((await kube.get(key))?.["spec"]).toMatchObject({ holderIdentity: "first" });
  });

  test("a leader whose Lease was taken by hand gives way", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(3_000);
    await kube.patch(key, { spec: { holderIdentity: "usurper" } });
    await clock.advance(5_000);
    expect(first).toMatchObject({ leading: false, diary: ["elected after nobody", "term over", "lost"] });
  });

  test("a candidate that is stopped while it waits leaves the Lease alone", async () => {
    const { clock, kube } = ground();
    const first = runFor(kube, clock, "first");
    await clock.advance(0);
    const second = runFor(kube, clock, "second");
    await clock.advance(5_000);
    await second.stop();
    await clock.advance(60_000);
    expect(first.leading).toBe(true);
    expect(second.diary).toEqual([]);
  });
});
