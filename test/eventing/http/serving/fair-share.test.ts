import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { FairShare } from "../../../../eventing/http/serving/fair-share.ts";
import { interceptedKube } from "../../../../kit/kube/intercept.ts";
import { createMemoryCluster } from "../../../../kit/memory/cluster.ts";
import { handClock } from "../../../worlds/hand-clock.ts";

const some = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Work that ends when it is told to. */
function held(share: FairShare) {
  const atWork: string[] = [];
  const ends: (() => void)[] = [];
  const most = { evil: 0, all: 0 };
  return {
    atWork,
    most,
    begin: (namespace: string) =>
      share.run(namespace, async () => {
        atWork.push(namespace);
        most.all = Math.max(most.all, atWork.length);
        most.evil = Math.max(most.evil, atWork.filter((one) => one === "evil").length);
        await new Promise<void>((resolve) => ends.push(resolve));
        atWork.splice(atWork.indexOf(namespace), 1);
      }),
    endOne: async () => {
      ends.shift()?.();
      await turns();
    },
  };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await turn();
}

describe("the event loop of a server", () => {
  test("goes from namespace to namespace, however much one of them has to do", async () => {
    const share = new FairShare();
    const { kube } = createMemoryCluster({ clock: handClock() });
    const seen = share.through(kube);
    const pieces: string[] = [];
    const stage = (namespace: string, reads: number) =>
      share.run(namespace, async () => {
        pieces.push(namespace);
        for (const _ of some(reads)) {
          await seen.get({ apiVersion: "v1", kind: "Namespace", name: "default" });
          pieces.push(namespace);
        }
      });
    await Promise.all([...some(30).map(() => stage("evil", 20)), stage("calm", 20)]);
    const calm = pieces.flatMap((namespace, index) => (namespace === "calm" ? [index] : []));
    expect(calm).toHaveLength(21);
    const between = calm.slice(1).map((index, before) => index - (calm[before] ?? 0) - 1);
    expect(Math.max(...between)).toBeLessThanOrEqual(2);
    expect(pieces).toHaveLength(31 * 21);
  });

  test("does not wait for turns outside of requests", async () => {
    const { kube } = createMemoryCluster({ clock: handClock() });
    expect(await new FairShare().through(kube).list({ apiVersion: "v1", kind: "ConfigMap" })).toMatchObject({
      items: [],
    });
  });
});

describe("requests to the cluster", () => {
  test("of one namespace are few at once while others are at work, and all at once otherwise", async () => {
    const share = new FairShare();
    const answers: (() => void)[] = [];
    const open = { evil: 0, calm: 0, most: 0 };
    const { kube } = createMemoryCluster({ clock: handClock() });
    const slow = interceptedKube(kube, async ({ name }, perform) => {
      const who = name === "calm" ? "calm" : "evil";
      open[who] += 1;
      open.most = Math.max(open.most, open.evil);
      await new Promise<void>((resolve) => answers.push(resolve));
      open[who] -= 1;
      return await perform();
    });
    const seen = share.through(slow);
    const stage = (namespace: string, reads: number) =>
      share.run(namespace, async () => {
        for (const _ of some(reads)) await seen.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
      });
    const alone = some(10).map(() => stage("evil", 3));
    await turns();
    expect(open).toEqual({ evil: 10, calm: 0, most: 10 });
    const calm = stage("calm", 2);
    await turns();
    // Those that are open end; no more than four follow them.
    for (const answer of answers.splice(0, 10)) answer();
    open.most = 0;
    await turns();
    expect(open).toEqual({ evil: 4, calm: 1, most: 4 });
    for (let rounds = 0; open.calm > 0; rounds += 1) {
      for (const answer of answers.splice(0)) answer();
      await turns();
      expect(rounds).toBeLessThan(5);
    }
    await calm;
    expect(open.evil).toBe(10);
    for (let rounds = 0; rounds < 20; rounds += 1) {
      for (const answer of answers.splice(0)) answer();
      await turns();
    }
    await Promise.all(alone);
  });
});

describe("the places of a server", () => {
  test("are not all taken by one namespace, and no more than there are", async () => {
    const share = new FairShare({ atOnce: 4, perNamespace: 2, callsBesideOthers: 1 });
    const { begin, atWork, endOne, most } = held(share);
    const works = some(10).map(() => begin("evil"));
    await turns();
    expect(atWork).toEqual(["evil", "evil"]);
    works.push(begin("calm"), begin("other"), begin("third"));
    await turns();
    expect(atWork).toEqual(["evil", "evil", "calm", "other"]);
    await endOne();
    // The lines of the namespaces take turns: the first one is next.
    expect(atWork.toSorted()).toEqual(["calm", "evil", "evil", "other"]);
    await endOne();
    expect(atWork.toSorted()).toEqual(["calm", "evil", "other", "third"]);
    for (const _ of some(11)) await endOne();
    await Promise.all(works);
    expect(most).toEqual({ evil: 2, all: 4 });
  });

  test("are free again after work that failed", async () => {
    const share = new FairShare({ atOnce: 1, perNamespace: 1, callsBesideOthers: 1 });
    const failing = share.run("evil", async () => {
      throw new Error("no");
    });
    const next = share.run("calm", async () => "done");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("done");
  });
});
