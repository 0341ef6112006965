import { describe, expect, test } from "@jest/globals";
import { annotations } from "../../../crds/names.ts";
import type { FactEvent } from "../../../eventing/cloud-events.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { parseTraceparent, traceOf } from "../../../kit/trace-context.ts";
import { type FakeApparatus, fakeApparatus } from "../../scenarios/apparatus/fake-apparatus.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { eventOf, serveOn } from "./served.ts";

const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "hooks", namespace: "app" },
  spec: { selector: { app: "hooks" }, ports: [{ port: 80 }] },
};
const socket: KubeObject = socketWith("pg");
const plug: KubeObject = plugWith("app", { apparatus: { endpoint: "http://hooks" } });

const callersId = "4bf92f3577b34da6a3ce929d0e0e4736";
const callers = `00-${callersId}-00f067aa0ba902b7-01`;
const another = `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`;

/** Lets Plugboard work until all is at rest: the traces of facts about the plug. */
async function coupleThrough(world: World, apparatus: FakeApparatus): Promise<ReadonlySet<string | undefined>> {
  const facts: FactEvent[] = [];
  const running = await start(world, { apparatus, facts: [(fact) => void facts.push(fact)] });
  await rest(world, running);
  await running.stop();
  expect(conditionOf(await world.cluster.kube.get(plugKey("app")), "Ready")).toMatchObject({ status: "True" });
  return new Set(
    facts.filter(({ kind }) => kind === "Plug").map(({ traceparent }) => parseTraceparent(traceparent)?.id),
  );
}

function tracesOf({ calls, pings }: FakeApparatus): readonly (string | undefined)[] {
  return [...calls, ...pings].map(({ headers }) => parseTraceparent(headers["traceparent"])?.id);
}

async function begin(create: {
  readonly attribute?: string;
  readonly header?: string;
  readonly marks?: KubeObject["metadata"]["annotations"];
}) {
  const world = await makeWorld();
  const apparatus = fakeApparatus();
  await apply(world.cluster.kube, service, socket, {
    ...plug,
    metadata: { ...plug.metadata, ...(create.marks === undefined ? {} : { annotations: create.marks }) },
  });
  await using served = await serveOn({ kube: world.cluster.kube, clock: world.clock, apparatus });
  const event = {
    specversion: "1.0",
    id: "1",
    source: "/test",
    type: "com.rock8s.integration.plug.create",
    namespace: "app",
    name: "app",
  };
  const headers: { readonly [name: string]: string } =
    create.header === undefined ? {} : { traceparent: create.header };
  const answer = await served.send({
    headers: { "content-type": "application/cloudevents+json", ...headers },
    body: JSON.stringify({ ...event, ...(create.attribute === undefined ? {} : { traceparent: create.attribute }) }),
  });
  const created = await world.cluster.kube.get(plugKey("app"));
  return {
    world,
    apparatus,
    fact: eventOf(answer),
    report: served.reports.at(-1),
    noted: created?.metadata.annotations?.[annotations.traceparent],
  };
}

describe("the trace of who asks for plug.create", () => {
  test.each([
    ["in the event", { attribute: callers, header: another }],
    ["in the request alone", { header: callers }],
  ])("is noted on the plug, and goes on to every event and every hook: %s", async (_where, given) => {
    const { world, apparatus, fact, report, noted } = await begin(given);
    expect(noted).toBe(callers);
    expect(parseTraceparent(fact?.["traceparent"])?.id).toBe(callersId);
    expect(report).toMatchObject({ trace: callersId });
    expect(await coupleThrough(world, apparatus)).toEqual(new Set([callersId]));
    expect(apparatus.calls.length).toBeGreaterThan(1);
    expect(new Set(tracesOf(apparatus))).toEqual(new Set([callersId]));
  });

  test("takes the place of none that the plug's manifest names", async () => {
    const { world, apparatus, noted } = await begin({
      attribute: another,
      marks: { [annotations.traceparent]: callers },
    });
    expect(noted).toBe(callers);
    expect(await coupleThrough(world, apparatus)).toEqual(new Set([callersId]));
  });
});

describe("a plug whose creation nobody traces", () => {
  test("has one trace from its creation to its result, and nothing is noted for it", async () => {
    const world = await makeWorld();
    const apparatus = fakeApparatus();
    await apply(world.cluster.kube, service, socket, plug);
    const { metadata } = (await world.cluster.kube.get(plugKey("app"))) ?? plug;
    const own = traceOf(metadata).id;
    expect(await coupleThrough(world, apparatus)).toEqual(new Set([own]));
    expect(new Set(tracesOf(apparatus))).toEqual(new Set([own]));
    expect(
      (await world.cluster.kube.get(plugKey("app")))?.metadata.annotations?.[annotations.traceparent],
    ).toBeUndefined();
  });
});
