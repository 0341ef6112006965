import { describe, expect, test } from "@jest/globals";
import { eventFormat } from "../../../crds/stage-names.ts";
import { factEvent } from "../../../eventing/cloud-events.ts";
import { Facts, type Untold } from "../../../eventing/loop/facts.ts";
import type { SourceReport } from "../../../eventing/report.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { handClock } from "../../worlds/hand-clock.ts";

const fact = "plug.coupled";

function untold(id: string): Untold {
  const request = { stage: "plug.couple", namespace: "app", name: id, uid: id };
  const event = factEvent(eventFormat, { id, source: "/clusters/c" }, { request, fact, trace: undefined, now: 0 });
  return { subject: { kind: "Plug", namespace: "app", name: id }, fact, event };
}

/** Facts on their way to a broker of which the test says what it takes. */
function ground(takes: (id: string) => boolean | Promise<boolean>) {
  const clock = handClock();
  const tries: string[] = [];
  const reports: SourceReport[] = [];
  const publish = async ({ id }: { readonly id: string }): Promise<void> => {
    tries.push(id);
    if (!(await takes(id))) throw new Unavailable("a subscriber failed");
  };
  const facts = new Facts({ clock, random: () => 0.999, tell: (report) => reports.push(report), publish });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
  };
  return { facts, tries, reports, pass };
}

describe("facts that the broker may not have", () => {
  test("are sent until it takes them, with waits that grow", async () => {
    let refusals = 4;
    const { facts, tries, reports, pass } = ground(() => refusals-- <= 0);
    facts.send(untold("a"));
    await pass(60);
    expect(tries).toHaveLength(5);
    expect(new Set(tries)).toEqual(new Set(["a.plug.coupled"]));
    expect(reports).toMatchObject([{ kind: "fact sent", fact, subject: { name: "a" } }]);
    expect(facts.size).toBe(0);
  });

  test("are given up after ten refusals, and others are sent meanwhile", async () => {
    const { facts, tries, reports, pass } = ground((id) => !id.startsWith("bad."));
    facts.send(untold("bad"));
    facts.send(untold("good"));
    await pass(3_600);
    expect(tries.filter((id) => id === "bad.plug.coupled")).toHaveLength(10);
    expect(reports.map(({ kind }) => kind)).toEqual(["fact sent", "fact given up"]);
    expect(facts.size).toBe(0);
  });

  test("are on their way twenty at once, each once", async () => {
    const open: (() => void)[] = [];
    const { facts, tries, pass } = ground(() => new Promise((resolve) => open.push(() => resolve(true))));
    for (let count = 0; count < 50; count += 1) for (const _ of ["once", "twice"]) facts.send(untold(String(count)));
    await pass(1);
    expect([tries.length, facts.size]).toEqual([20, 50]);
    while (open.length > 0) {
      for (const answer of open.splice(0)) answer();
      await pass(1);
    }
    expect([tries.length, new Set(tries).size, facts.size]).toEqual([50, 50, 0]);
  });

  test("are ten thousand at most: of more the oldest are given up, and told of", async () => {
    const { facts, reports, pass } = ground(() => new Promise(() => {}));
    for (let count = 0; count < 10_003; count += 1) facts.send(untold(String(count)));
    await pass(1);
    const givenUp = reports.map((report) => report.kind === "fact given up" && report.subject.name);
    expect([facts.size, givenUp]).toEqual([10_000, ["0", "1", "2"]]);
  });

  test("are sent no more once it is stopped", async () => {
    const { facts, tries, reports, pass } = ground(() => false);
    facts.send(untold("a"));
    await pass(1);
    facts.stop();
    const before = tries.length;
    await pass(600);
    expect([tries.length, reports, facts.size]).toEqual([before, [], 0]);
  });
});
