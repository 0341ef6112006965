import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { eventFormat } from "../../../crds/stage-names.ts";
import { stageEvent } from "../../../eventing/cloud-events.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { serveOn } from "../../eventing/http/served.ts";
import { plugWith } from "../../worlds/manifests.ts";
import { makeWorld } from "../../worlds/worlds.ts";

const crowd = 60;

function createEvent({ metadata: { name, namespace = "", uid = "", resourceVersion = "" } }: KubeObject) {
  const object = { apiVersion, kind: "Plug", namespace, name, uid, resourceVersion, generation: 1 };
  return stageEvent(eventFormat, {
    clusterUid: "cluster",
    stage: "plug.create",
    object,
    inputs: "",
    attempt: 0,
    now: 0,
  });
}

test("one process with all functions takes turns among namespaces, and one namespace has at most half of its places", async () => {
  const { cluster, clock } = await makeWorld();
  const evil = await Promise.all(
    Array.from({ length: crowd }, (_, index) => cluster.kube.create(plugWith(`evil-${index}`, {}, "db"))),
  );
  const calm = await cluster.kube.create(plugWith("calm", {}, "app"));
  const seen = { begun: 0, written: 0, writtenBeforeCalm: crowd };
  const full = Promise.withResolvers<void>();
  const both = Promise.withResolvers<void>();
  // The stages of the crowd go on when that of the other plug has begun: it is the last of them.
  const kube = interceptedKube(cluster.kube, async ({ verb, kind, namespace }, perform) => {
    if (kind === "Plug" && verb === "get") {
      if (namespace === "db") seen.begun += 1;
      else both.resolve();
      if (seen.begun === 32) full.resolve();
      await both.promise;
    }
    if (verb === "patch" && namespace === "app") seen.writtenBeforeCalm = seen.written;
    if (verb === "patch" && namespace === "db") seen.written += 1;
    return await perform();
  });
  await using served = await serveOn({ kube, clock });
  const answers = evil.map((plug) => served.post(createEvent(plug)));
  await full.promise;
  for (let count = 0; count < 300; count += 1) await turn();
  const begunBefore = seen.begun;
  answers.push(served.post(createEvent(calm)));
  const codes = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(codes)).toEqual(new Set([200]));
  expect(begunBefore).toBe(32);
  expect(seen.written).toBe(crowd);
  expect(seen.writtenBeforeCalm).toBeLessThan(4);
});
