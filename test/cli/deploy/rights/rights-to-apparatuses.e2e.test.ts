import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Throttled } from "../../../../kit/errors.ts";
import type { Kube } from "../../../../kit/kube/port.ts";
import { type OwnApiServer, startApiServer } from "../../../api-server/api-server.ts";
import { type Ground, provideIdentities, sharedGround } from "../../../api-server/identities.ts";
import { connectTo, eventually } from "../../../api-server/live-ground.ts";
import { plugboardCrds } from "../../../api-server/shared-api-server.ts";
import { countRequestsOf } from "../../../api-server/used-rights.ts";
import { fakeApparatus } from "../../../scenarios/apparatus/fake-apparatus.ts";
import { apparatus as usualApparatus } from "../../../scenarios/apparatus/pods.ts";
import { beginOnCluster, type ClusterLife } from "../../../scenarios/life/cluster-life.ts";
import { plug, socket } from "../../../scenarios/life/manifests.ts";
import { conditionOf } from "../../../worlds/looks.ts";
import { plugKey, socketKey } from "../../../worlds/manifests.ts";
import { knativeDefinitions, provideValidators, validatorsMilliseconds } from "../validators.ts";
import { type Mishap, restlessApparatuses, routeDefinition } from "./restless-apparatuses.ts";

// Time leaps until what vanished is swept: nothing is idle by then.
const apparatus = { ...usualApparatus, idleTimeout: 864_000 };

let knative: OwnApiServer;
let knativeGround: Ground;

beforeAll(provideValidators, validatorsMilliseconds);

beforeAll(async () => {
  knative = await startApiServer({ crds: plugboardCrds() });
  await knative.apply([...(await knativeDefinitions()), routeDefinition]);
  await knative.run(["wait", "--for=condition=Established", "crd", "--all", "--timeout=300s"]);
  knativeGround = await provideIdentities(knative);
  // For a moment after a CRD came the API server answers for its kind that it is not ready.
  const kube = await connectTo(knative, "person");
  await eventually(async () => isServed(kube), true);
  await kube.close();
});

afterAll(async () => {
  await countRequestsOf(knative);
  await knative.stop();
});

const grounds: readonly (readonly [Mishap, () => Ground])[] = [
  ["the Pods end and the Services go", sharedGround],
  ["the Services are led elsewhere", sharedGround],
  ["the Knative Services go", () => knativeGround],
  ["the Knative Services are altered", () => knativeGround],
];

describe("each stage under its own service account sees to the apparatuses it calls", () => {
  test.each(grounds)("when after every call %s", async (mishap, groundOf) => {
    const access = fakeApparatus();
    const life = await beginOnCluster(undefined, { apparatus: access }, { ground: groundOf() });
    const apparatuses = restlessApparatuses(access, life, mishap);
    const until = (what: string, holds: () => Promise<boolean>): Promise<void> =>
      life.until(what, async () => {
        await apparatuses.bringUp();
        return holds();
      });
    const called = (path: string): number => apparatuses.called.filter((call) => call.startsWith(path)).length;
    const coupled = async (name = "web"): Promise<boolean> => {
      const found = await life.kube.get(plugKey(name, life.app));
      return conditionOf(found, "Ready").status === "True";
    };
    try {
      const own = { apparatus, config: { color: "blue" } };
      await life.apply(socket(life, own), plug(life, { apparatus, config: { a: "1" } }));
      await until("coupled", () => coupled());
      await life.apply(plug(life, { apparatus, config: { a: "2" } }));
      await until("updated", async () => called("/updated") === 2 && (await coupled()));
      await vanish(life, "web");
      await apparatuses.disturb();
      await until("swept", async () => {
        await life.resync();
        return called("/decoupled") === 1;
      });
      await life.apply(plug(life, { apparatus }, "second"));
      await until("the second coupled", () => coupled("second"));
      await life.kube.delete(plugKey("second", life.app));
      await until("the second gone", async () => (await life.kube.get(plugKey("second", life.app))) === undefined);
      await apparatuses.disturb();
      await life.kube.delete(socketKey("db", life.db));
      await until("all gone", async () => (await life.kube.get(socketKey("db", life.db))) === undefined);
      expect(life.broken).toEqual([]);
      expect(new Set(apparatuses.called.map((call) => call.split(" ")[0]))).toEqual(
        new Set(["/created", "/config", "/coupled", "/updated", "/decoupled", "/deleted"]),
      );
    } finally {
      await life.stop();
    }
  });
});

async function isServed(kube: Kube): Promise<boolean> {
  try {
    await kube.list({ apiVersion: "serving.knative.dev/v1", kind: "Service" });
    return true;
  } catch (error) {
    if (error instanceof Throttled) return false;
    throw error;
  }
}

/** A plug that goes without anybody having been asked. */
async function vanish(life: ClusterLife, name: string): Promise<void> {
  await life.kube.delete(plugKey(name, life.app));
  await life.kube.patch(plugKey(name, life.app), { metadata: { finalizers: [] } });
}
