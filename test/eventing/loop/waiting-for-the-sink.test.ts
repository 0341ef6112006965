import { describe, expect, test } from "@jest/globals";
import type { StageEvent } from "../../../eventing/cloud-events.ts";
import { HttpSink } from "../../../eventing/http/sink/http-sink.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import { Unavailable } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type Ground, ground, isDone, plugManifest, socketManifest } from "../ground.ts";

const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } };

interface Post {
  readonly stage: string;
  readonly name: string;
  readonly id: string;
  readonly atSeconds: number;
  readonly taken: boolean;
}

interface Outage extends Ground {
  readonly source: ApiSource;
  /** Every request to the sink, in order. */
  readonly posts: readonly Post[];
  /** Has the sink take events from now on. */
  end(): void;
}

/** A source over a sink that is down; what the sink takes its function does after so long. */
async function outage(
  objects: readonly KubeObject[],
  { workMilliseconds = 0 }: { readonly workMilliseconds?: number } = {},
): Promise<Outage> {
  const on = await ground([namespace, socketManifest(), ...objects]);
  const { clock, events } = on;
  const run = (event: StageEvent): Promise<unknown> => on.run(event);
  const begun = clock.now();
  const posts: Post[] = [];
  let down = true;
  const sink = new HttpSink({
    post: async ({ headers }) => {
      const event = events.findLast(({ id }) => id === headers["ce-id"]);
      if (event === undefined) throw new Error(`no event ${headers["ce-id"]} was given to the sink`);
      const { name, id, data } = event;
      posts.push({ stage: data.stage, name, id, atSeconds: (clock.now() - begun) / 1_000, taken: !down });
      if (down) throw new Unavailable("nothing listens there");
      clock.after(workMilliseconds, () => void run(event));
      return { code: 202, retryAfterSeconds: undefined };
    },
    clock,
    random: () => 0.5,
  });
  const source = on.open({ sink: sink.send, handsOver: true });
  return {
    ...on,
    source,
    posts,
    end: () => {
      down = false;
    },
  };
}

const many = 40;
const names = Array.from({ length: many }, (_, index) => `p${index}`);

describe("while the sink is down", () => {
  test("what waits for it counts as in flight, so that no more is asked for, and the oldest alone is tried", async () => {
    const { clock, source, posts, events, plug, end } = await outage(names.map((name) => plugManifest(name)));
    const done = async (): Promise<boolean> => (await Promise.all(names.map((name) => plug(name)))).every(isDone);
    const inFlight: number[] = [];
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await clock.advance(1_000);
      inFlight.push(source.figures().inFlight);
    }
    expect(Math.max(...inFlight)).toBeLessThanOrEqual(20);
    expect(inFlight.at(-1)).toBeGreaterThan(10);
    expect(events.length).toBeLessThanOrEqual(20);
    const late = posts.filter(({ atSeconds }) => atSeconds > 60);
    expect(late.length).toBeLessThanOrEqual(240 / 2.5);
    expect(source.awaited().map(({ attempt }) => attempt)).toEqual(source.awaited().map(() => 0));

    end();
    for (let seconds = 0; seconds < 600 && !(await done()); seconds += 1) await clock.advance(1_000);
    expect(await done()).toBe(true);
    const taken = posts.filter((one) => one.taken && one.stage === "plug.create").map(({ name }) => name);
    expect(taken.toSorted()).toEqual(names.toSorted());
  });

  test("nothing is sent of what is gone when it is up again", async () => {
    const { clock, source, posts, cluster, end } = await outage([plugManifest("gone"), plugManifest("stays")]);
    await clock.advance(60_000);
    expect(new Set(posts.map(({ name }) => name))).toContain("gone");
    const { apiVersion, kind } = plugManifest("gone");
    await cluster.kube.delete({ apiVersion, kind, namespace: "apps", name: "gone" });
    await clock.advance(1_000);
    expect(source.awaited().map(({ subject }) => subject.name)).not.toContain("gone");
    end();
    await clock.advance(60_000);
    const taken = posts.filter((one) => one.taken).map(({ name }) => name);
    expect(taken).toContain("stays");
    expect(taken).not.toContain("gone");
  });

  test("whoever writes to what waits has not run its stage: that is asked for once when the sink is up", async () => {
    const { clock, posts, cluster, end } = await outage([plugManifest("held")], { workMilliseconds: 10_000 });
    await clock.advance(60_000);
    const { apiVersion, kind } = plugManifest("held");
    const held = { apiVersion, kind, metadata: { namespace: "apps", name: "held", finalizers: ["example.com/held"] } };
    await cluster.kube.apply(held, { fieldManager: "other", force: true });
    await clock.advance(1_000);
    end();
    await clock.advance(9_000);
    const taken = posts.filter((one) => one.taken && one.name === "held").map(({ stage }) => stage);
    expect(taken).toEqual(["plug.create"]);
  });

  test("an edit has what it made due asked for when it is up, and nothing that was due before", async () => {
    const on = await outage([plugManifest("edited")]);
    const { clock, posts, cluster, events, end } = on;
    await clock.advance(60_000);
    await cluster.kube.apply(plugManifest("edited", { config: { color: "red" } }), {
      fieldManager: "user",
      force: true,
    });
    await clock.advance(1_000);
    const latest = events.findLast(({ name }) => name === "edited")?.id;
    end();
    await clock.advance(20_000);
    const taken = posts.filter((one) => one.taken && one.name === "edited").map(({ id }) => id);
    expect(taken.filter((id) => id.includes(".plug.create."))).toEqual([latest]);
    expect(isDone(await on.plug("edited"))).toBe(true);
  });
});
