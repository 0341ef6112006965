import { describe, expect, test } from "@jest/globals";
import type { ApiSourceOptions } from "../../../eventing/loop/source-options.ts";
import type { Delivery } from "../../../eventing/report.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { advanceUntil, type Ground, ground, isDone, plugManifest, settle, socketManifest } from "../ground.ts";

/** Plugs of one namespace, each with a socket of its own: no group of theirs is large. */
function crowd(count: number, namespace = "crowd"): readonly KubeObject[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => [
    socketManifest(`db-${index}`, {}, namespace),
    plugManifest(`app-${index}`, { socket: { name: `db-${index}` } }, namespace),
  ]);
}

const others = [socketManifest("calm", {}, "quiet"), plugManifest("other", { socket: { name: "calm" } }, "quiet")];

/** A source whose stages begin and end only when the test says so. */
function hanging(
  world: Ground,
  options: Partial<ApiSourceOptions> = {},
): { readonly inFlight: Map<string, string>; readonly endOne: (namespace: string) => Promise<void> } {
  const inFlight = new Map<string, string>();
  const ends = new Map<string, (delivery: Delivery) => void>();
  world.open({
    ...options,
    sink: (event) => {
      inFlight.set(event.subject, event.namespace);
      return new Promise((resolve) => ends.set(event.subject, resolve));
    },
  });
  return {
    inFlight,
    async endOne(namespace) {
      const [subject = ""] = [...inFlight].find(([, of]) => of === namespace) ?? [];
      inFlight.delete(subject);
      ends.get(subject)?.({ kind: "answered", reply: { kind: "nothing", why: "" } });
      await turns(world);
    },
  };
}

async function turns(world: Ground): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await world.clock.advance(0);
}

const count = (inFlight: ReadonlyMap<string, string>, namespace: string): number =>
  [...inFlight.values()].filter((of) => of === namespace).length;

describe("the share of a namespace", () => {
  test("a thousand plugs of one namespace leave a slot for one that arrives, which begins at once and is next whenever one is free", async () => {
    const world = await ground(crowd(1_000));
    const { inFlight, endOne } = hanging(world);
    await turns(world);
    expect(count(inFlight, "crowd")).toBe(19);
    await world.cluster.load(others);
    await turns(world);
    expect(count(inFlight, "quiet")).toBe(1);
    await endOne("crowd");
    expect(count(inFlight, "quiet")).toBe(2);
  });

  test("while another namespace waits, none has more than half", async () => {
    const world = await ground([...crowd(100, "one"), ...crowd(100, "two"), ...crowd(100, "three")]);
    const { inFlight, endOne } = hanging(world);
    await turns(world);
    const most = { one: 0, two: 0, three: 0 };
    for (let ended = 0; ended < 60; ended += 1) {
      for (const namespace of ["one", "two", "three"] as const)
        most[namespace] = Math.max(most[namespace], count(inFlight, namespace));
      expect(inFlight.size).toBe(20);
      // Whoever is quickest gains nothing by it.
      await endOne(count(inFlight, "one") > 0 ? "one" : "two");
    }
    expect(Math.max(...Object.values(most))).toBeLessThanOrEqual(10);
  });

  test("the share is what the option says", async () => {
    const world = await ground([...crowd(50, "one"), ...crowd(50, "two")]);
    const { inFlight } = hanging(world, { slotsPerNamespace: 3 });
    await turns(world);
    expect([count(inFlight, "one"), count(inFlight, "two")]).toEqual([3, 3]);
  });

  test.each([19, 20, 1_000])("leaves one slot to others, also where the option says %i", async (slotsPerNamespace) => {
    const world = await ground(crowd(40, "one"));
    const { inFlight, endOne } = hanging(world, { slotsPerNamespace });
    await turns(world);
    await world.cluster.load(crowd(40, "two"));
    await turns(world);
    for (let ended = 0; ended < 20; ended += 1) {
      expect([count(inFlight, "one"), count(inFlight, "two")]).toEqual([19, 1]);
      await endOne("two");
    }
  });

  test("one slot is enough for all", async () => {
    const world = await ground([...crowd(3, "one"), ...crowd(3, "two")]);
    let inFlight = 0;
    let most = 0;
    const source = world.open({
      slots: 1,
      sink: async (event) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        const delivery = await world.run(event);
        inFlight -= 1;
        return delivery;
      },
    });
    const plugs = ["one", "two"].flatMap((namespace) =>
      [0, 1, 2].map((index) => ({ namespace, name: `app-${index}` })),
    );
    await advanceUntil(world, source, async () =>
      (await Promise.all(plugs.map(({ name, namespace }) => world.plug(name, namespace)))).every(isDone),
    );
    await settle(world, source);
    expect(most).toBe(1);
  });
});
