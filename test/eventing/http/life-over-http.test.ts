import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { sampleManifests } from "../../samples/sample-files.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld } from "../../worlds/worlds.ts";
import { eventOf, type Mode, modes, type Served, serveOn } from "./served.ts";

const socket: KubeObject = socketWith("pg", {
  config: { host: "pg.db" },
  resources: [
    {
      template: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "met-{% .plug.metadata.name %}" },
        data: { user: "{% .plugConfig.user %}" },
      },
    },
  ],
});
const met = { apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "met-app" };
const plug: KubeObject = plugWith("app", { config: { user: "app" } });

/** What Knative's ApiServerSource says of an object, in mode Reference. */
function seen({ apiVersion: version, kind, metadata: { namespace, name } }: KubeObject, change = "update"): object {
  return {
    specversion: "1.0",
    id: "73be9839-824e-43ea-9531-4a8d0ac9324c",
    type: `dev.knative.apiserver.ref.${change}`,
    source: "https://10.96.0.1:443",
    subject: `/apis/${version}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`,
    time: "2026-01-01T00:00:00Z",
    datacontenttype: "application/json",
    apiversion: version,
    kind,
    name,
    namespace,
    data: { kind, namespace, name, apiVersion: version },
  };
}

/** Tells lifecycle of objects, and asks for what it says is due, until nothing is: the stages that ran. */
async function live(served: Served, objects: readonly KubeObject[], mode: Mode): Promise<readonly string[]> {
  const ran: string[] = [];
  for (let still = true; still; ) {
    still = false;
    for (const object of objects) {
      const due = eventOf(await served.post(seen(object), mode));
      if (due === undefined) continue;
      still = true;
      ran.push(due.type.replace("com.rock8s.integration.", ""));
      eventOf(await served.post(due, mode));
      if (ran.length > 40) throw new Error(`no end of it: ${ran.slice(-6).join(", ")}`);
    }
  }
  return ran;
}

describe.each(modes)("lifecycle and the stages, over HTTP alone in %s mode", (mode) => {
  test("couple and decouple, told of objects by an ApiServerSource", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await using served = await serveOn({ kube, clock: world.clock });
    await apply(kube, socket, plug);
    const objects = [socket, plug];
    await live(served, objects, mode);
    expect(conditionOf(await kube.get(plugKey("app")), "Ready")).toMatchObject({ status: "True" });
    expect(await kube.get(met)).toMatchObject({ data: { user: "app" } });
    expect(await live(served, objects, mode)).toEqual([]);

    await kube.delete(plugKey("app"));
    expect(await live(served, objects, mode)).toEqual(
      expect.arrayContaining(["plug.decouple", "plug.delete", "socket.sync"]),
    );
    expect([await kube.get(plugKey("app")), await kube.get(met)]).toEqual([undefined, undefined]);
    expect((await served.post(seen(plug, "delete"), mode)).headers["plugboard-why"]).toBe("there is no Plug app/app");
  });
});

describe("lifecycle", () => {
  test("takes whole objects for what they are called alone, as mode Resource sends them", async () => {
    const { cluster } = await makeWorld();
    await using served = await serveOn({ kube: cluster.kube });
    await apply(cluster.kube, plug);
    const {
      kind: _kind,
      name: _name,
      namespace: _namespace,
      apiversion: _version,
      ...older
    } = seen(plug) as {
      readonly [attribute: string]: unknown;
    };
    const forged = { ...plug, metadata: { ...plug.metadata, finalizers: ["integration.rock8s.com/finalizer"] } };
    const answer = await served.post({ ...older, type: "dev.knative.apiserver.resource.add", data: forged });
    expect(eventOf(answer)).toMatchObject({
      type: "com.rock8s.integration.plug.create",
      subject: "/apis/integration.rock8s.com/v1beta1/namespaces/app/plugs/app",
      uid: (await cluster.kube.get(plugKey("app")))?.metadata.uid,
    });
  });

  test("has nothing to say of other kinds, and writes nothing", async () => {
    const { cluster } = await makeWorld();
    await using served = await serveOn({ kube: cluster.kube, names: ["lifecycle"] });
    await apply(cluster.kube, plug);
    const before = await cluster.kube.get(plugKey("app"));
    const [other] = sampleManifests("hello");
    if (other === undefined) throw new Error("the sample is empty");
    expect((await served.post(seen(other))).status).toBe(204);
    expect((await served.post(seen(plug))).status).toBe(200);
    expect(await cluster.kube.get(plugKey("app"))).toEqual(before);
  });

  test.each([
    ["no kind", { kind: undefined, data: {} }],
    ["no name", { name: undefined, data: { kind: "Plug", apiVersion } }],
    ["a path as its name", { name: "../secrets" }],
    ["a list as its namespace", { namespace: undefined, data: { namespace: ["app"] } }],
  ])("refuses an event with %s", async (_what, change) => {
    const { cluster } = await makeWorld();
    await using served = await serveOn({ kube: cluster.kube, names: ["lifecycle"] });
    const answer = await served.post({ ...seen(plug), ...change });
    expect([answer.status, String(answer.body)]).toEqual([400, expect.stringContaining("does not name its object")]);
  });
});
