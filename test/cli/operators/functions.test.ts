import { expect, test } from "@jest/globals";
import { functionsOf } from "../../../cli/operators/serve.ts";
import { stageEvent } from "../../../eventing/cloud-events.ts";
import { createEndpoint } from "../../../eventing/http/serving/function-endpoint.ts";
import { namesOf } from "../../../operator/definition/names.ts";
import { createWorld } from "../../../operator/testkit/testkit.ts";
import { keyOfThing, makesNamed, thing, thingCrd, thingOperator } from "../../operator/things.ts";
import { namesOf as childrenOf } from "../../operator/worlds.ts";

test("an operator's function does the sync that an event asks for, and answers with the fact; the same event again does nothing", async () => {
  const operator = thingOperator({ sync: makesNamed });
  await using world = await createWorld({ operators: [], crds: [thingCrd()], objects: [thing()] });
  const parent = await world.get(keyOfThing());
  const { uid = "", resourceVersion = "" } = parent?.metadata ?? {};
  const { events, stages } = namesOf(operator);
  const functions = functionsOf(operator, world.kube, (error) => {
    throw error;
  });
  const endpoint = createEndpoint({
    functions,
    clock: { now: () => Date.now(), after: () => () => {} },
    tell: () => {},
  });
  const ask = async (attempt: number) => {
    const { namespace, name, apiVersion, kind } = keyOfThing();
    const object = { apiVersion, kind, namespace, name, uid, resourceVersion };
    const event = stageEvent(events, { clusterUid: "c", stage: stages.sync, object, inputs: "x", attempt, now: 0 });
    const body = new TextEncoder().encode(JSON.stringify(event));
    return endpoint({ method: "POST", headers: { "content-type": "application/cloudevents+json" }, body } as never);
  };
  const first = await ask(0);
  expect(await childrenOf(world)).toEqual(["one"]);
  expect(first.status).toBe(200);
  expect(JSON.stringify(first)).toContain("com.example.test.thing-operator.synced");
  await ask(1);
  const settled = await world.get(keyOfThing());
  await ask(2);
  expect(await world.get(keyOfThing())).toEqual(settled);
});
