import { expect, test } from "@jest/globals";
import { newPlug, socketThere } from "../crds/decision/situations.ts";
import { handClock } from "./hand-clock.ts";
import { sharedRenderer } from "./shared-renderer.ts";

const noInputs = {
  data: { configMap: undefined, secret: undefined },
  config: { configMap: undefined, secret: undefined },
};
const none = { ...noInputs, vars: {} };

test("time stands still while a worker renders", async () => {
  const clock = handClock();
  const order: string[] = [];
  const inWorker = sharedRenderer.begin("app").run("resolveOutcome", {
    plug: newPlug({ spec: { configTemplate: { key: '{% genPrivateKey "rsa" %}' } } }),
    socket: socketThere({}),
    inputs: { plug: none, socket: none },
    memory: { now: new Date(clock.now()), seed: "a seed", kept: new Map<string, string>() },
  });
  void inWorker.then(() => order.push("rendered"));
  clock.after(1, () => order.push("a millisecond later"));
  await clock.advance(1);
  expect(order).toEqual(["rendered", "a millisecond later"]);
});
