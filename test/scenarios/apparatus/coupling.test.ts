import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { type FakeApparatus, fakeApparatus } from "./fake-apparatus.ts";
import { apparatus, markReady, podKey } from "./pods.ts";

let world: World;
let running: InProcess;
let fake: FakeApparatus;
let kube: Kube;

beforeEach(async () => {
  world = await makeWorld();
  kube = world.cluster.kube;
  fake = fakeApparatus();
  running = await start(world, { apparatus: fake });
});

afterEach(async () => {
  await running.stop();
  expect(world.broken).toEqual([]);
});

const paths = () => fake.calls.map(({ path }) => path);
const said = async (type: string) => conditionOf(await kube.get(plugKey("shop")), type);
const configMap = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { url: "{% .plugConfig.url %}" },
});

async function coupleWith(plug: object, socket: object = {}): Promise<void> {
  await apply(kube, socketWith("pg", socket), plugWith("shop", plug));
  await rest(world, running);
}

describe("a plug with an apparatus", () => {
  test("has its Pod and Service made as written, and waits until the Pod is ready", async () => {
    const spec = { ...apparatus, serviceAccountName: "hooks", nodeSelector: { disk: "ssd" } };
    await coupleWith({ apparatus: spec });
    const pod = await kube.get(podKey("shop-apparatus"));
    expect(pod?.["spec"]).toMatchObject(spec);
    expect(pod?.metadata.ownerReferences).toMatchObject([{ kind: "Plug", name: "shop", controller: true }]);
    expect(await kube.get({ ...podKey("shop-apparatus"), kind: "Service" })).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: "container" }] },
    });
    expect((await said("Ready")).message).toContain("Waiting for Pod app/shop-apparatus of the apparatus to start");
    expect(paths()).toEqual([]);
  });

  test("is told of its life in order, and a hook that answered is not called again", async () => {
    const lasting = { ...apparatus, idleTimeout: 3_600 };
    await coupleWith({ apparatus: lasting, config: { url: "a" } });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    expect(paths()).toEqual(["/created", "/config", "/coupled"]);
    expect(fake.pings).toHaveLength(1);
    await apply(kube, plugWith("shop", { apparatus: lasting, config: { url: "b" } }));
    await rest(world, running);
    running.source.resync();
    await rest(world, running);
    expect(paths().slice(3)).toEqual(["/config", "/updated"]);
    await kube.delete(plugKey("shop"));
    await rest(world, running);
    expect(paths().slice(5)).toEqual(["/decoupled", "/deleted"]);
    expect(await kube.get(plugKey("shop"))).toBeUndefined();
  });

  test("is told nothing of an edit that is taken back before it could have an effect", async () => {
    const lasting = { ...apparatus, idleTimeout: 3_600 };
    await coupleWith({ apparatus: lasting, config: { url: "a" } });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    expect(paths()).toEqual(["/created", "/config", "/coupled"]);
    for (const configTemplate of [{ more: "{% if %}" }, null]) {
      await kube.patch(plugKey("shop"), { spec: { configTemplate } });
      await kube.patch(socketKey("pg"), { spec: { configTemplate } });
      await rest(world, running);
    }
    const plug = await kube.get(plugKey("shop"));
    expect([plug?.metadata.generation, plug?.["status"]]).toMatchObject([
      3,
      { revision: 1, performed: { revision: 1 } },
    ]);
    expect(paths().filter((path) => path !== "/config")).toEqual(["/created", "/coupled"]);
    await kube.patch(plugKey("shop"), { spec: { config: { url: "b" } } });
    await rest(world, running);
    expect(fake.calls.at(-1)).toMatchObject({ path: "/updated", body: { plug: { metadata: { generation: 4 } } } });
  });

  test("is told what the contract says", async () => {
    fake.answer = (_, response) => response.end('{"url":"https://shop","pool":5}');
    await coupleWith(
      { apparatus: { ...apparatus, endpoint: "/hooks" }, data: { region: "eu" }, config: { mode: "x" } },
      { config: { host: "pg.db" }, resources: [{ template: configMap("seen") }] },
    );
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    const [created, config, coupled] = fake.calls;
    const [plug, socket] = [await kube.get(plugKey("shop")), await kube.get(socketKey("pg"))];
    expect(created?.body).toMatchObject({ version: "1", plug: { metadata: { name: "shop" } } });
    expect(created?.body).not.toHaveProperty("socket");
    expect(created?.headers).toMatchObject({ "idempotency-key": `${plug?.metadata.uid}.created` });
    expect(config).toMatchObject({
      path: "/hooks/config",
      body: { version: "1", plugData: { region: "eu" }, vars: {} },
    });
    expect(coupled).toMatchObject({
      path: "/hooks/coupled",
      headers: { "idempotency-key": `${plug?.metadata.uid}.${socket?.metadata.uid}.1.plug.coupled` },
      body: { plugConfig: { mode: "x", url: "https://shop", pool: "5" }, socketConfig: { host: "pg.db" } },
    });
    expect(coupled?.body).not.toHaveProperty("plug.status");
    expect(await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "seen" })).toMatchObject({
      data: { url: "https://shop" },
    });
    expect(JSON.stringify(await kube.get(plugKey("shop")))).not.toContain("https://shop");
  });

  test("is told all but bytes that are no text, and whole numbers with every digit; its owner is warned of what it is not told", async () => {
    await apply(kube, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "store", namespace: "app" },
      data: { jks: "/u3+7Q==", password: Buffer.from("s3cret").toString("base64") },
    });
    const literal = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { activeDeadlineSeconds: 9007199254740993n },
    };
    fake.answer = (_, response) => response.end('{"id":9007199254740993}');
    await coupleWith({
      apparatus,
      configSecretName: "store",
      dataSecretName: "store",
      resources: [{ when: ["deleted"], template: literal }, { template: configMap("seen") }],
      config: { url: "a" },
    });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    const [, config, coupled] = fake.calls;
    expect(config?.body).toMatchObject({ plugData: { password: "s3cret" } });
    expect(config?.body).not.toHaveProperty("plugData.jks");
    expect(coupled?.body).toMatchObject({ plugConfig: { url: "a", password: "s3cret", id: "9007199254740993" } });
    expect(coupled?.body).not.toHaveProperty("plugConfig.jks");
    expect(coupled?.text).toContain('"activeDeadlineSeconds":9007199254740993}');
    const warned = world.cluster.objects().filter((object) => object["reason"] === "NotText");
    expect(warned.map(({ regarding, note }) => [(regarding as { kind: string }).kind, note]).toSorted()).toEqual([
      ["Plug", expect.stringContaining("does not get plugConfig.jks (from Secret app/store, key jks)")],
      ["Plug", expect.stringContaining("does not get plugData.jks (from Secret app/store, key jks)")],
    ]);
  });

  test("gives its Pod up when it was unused for idleTimeout, and has it again for the next change", async () => {
    await coupleWith({ apparatus, config: { url: "a" } });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    await world.clock.advance(90_000);
    await rest(world, running);
    expect(await kube.get(podKey("shop-apparatus"))).toBeUndefined();
    expect(await said("Ready")).toMatchObject({ status: "True" });
    await apply(kube, plugWith("shop", { apparatus, config: { url: "b" } }));
    await rest(world, running);
    expect(await said("Coupled")).toMatchObject({ status: "True" });
    expect(await said("ConfigResolved")).toMatchObject({ status: "False", reason: "ApparatusNotReady" });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    expect(paths()).toEqual(["/created", "/config", "/coupled", "/config", "/updated"]);
  });

  test("forgets nothing of its last use when Plugboard starts anew", async () => {
    await coupleWith({ apparatus });
    await markReady(kube, podKey("shop-apparatus"));
    await rest(world, running);
    await running.stop();
    await world.clock.advance(90_000);
    running = await start(world, { apparatus: fake, holder: "two" });
    await rest(world, running);
    expect(await kube.get(podKey("shop-apparatus"))).toBeUndefined();
  });

  test("has its Pod made anew when its spec is edited", async () => {
    await coupleWith({ apparatus });
    const before = (await kube.get(podKey("shop-apparatus")))?.metadata.uid;
    const [container] = apparatus.containers;
    await apply(kube, plugWith("shop", { apparatus: { containers: [{ ...container, image: "hooks:2" }] } }));
    await world.clock.advance(700_000);
    await rest(world, running);
    const pod = await kube.get(podKey("shop-apparatus"));
    expect(pod?.metadata.uid).not.toBe(before);
    expect(pod).toMatchObject({ spec: { containers: [{ image: "hooks:2" }] } });
  });

  test("takes another name where somebody else has the usual one", async () => {
    const spec = { containers: apparatus.containers };
    await apply(kube, { apiVersion: "v1", kind: "Pod", metadata: { name: "shop-apparatus", namespace: "app" }, spec });
    await coupleWith({ apparatus });
    expect(await kube.get(podKey("shop-plug-apparatus"))).toBeDefined();
  });

  const serviceKey = { ...podKey("shop-apparatus"), kind: "Service" };

  /** A Service that is there before ours, with our labels. */
  async function forge(metadata: object, spec: object): Promise<void> {
    const plug = await kube.get(plugKey("shop"));
    const labels = {
      "app.kubernetes.io/managed-by": "plugboard",
      "integration.rock8s.com/apparatus-of": plug?.metadata.uid ?? "",
    };
    await kube.delete(serviceKey);
    await apply(kube, {
      ...serviceKey,
      metadata: { name: "shop-apparatus", namespace: "app", labels, ...metadata },
      spec,
    });
  }

  async function ownerReferences(): Promise<readonly object[]> {
    const plug = await kube.get(plugKey("shop"));
    const { name = "", uid = "" } = plug?.metadata ?? {};
    return [{ apiVersion: plug?.apiVersion, kind: "Plug", name, uid, controller: true }];
  }

  async function usedWhileReady(): Promise<void> {
    await markReady(kube, podKey("shop-apparatus")).catch(() => markReady(kube, podKey("shop-plug-apparatus")));
    await world.clock.advance(300_000);
    await rest(world, running);
  }

  const elsewhere = { type: "ExternalName", externalName: "vault.kube-system.svc" };
  const others = [
    ["leads elsewhere by its name", elsewhere],
    ["selects other Pods, too", { selector: { app: "other" }, ports: [{ port: 80 }] }],
    ["selects none", { ports: [{ port: 80 }] }],
    ["leads to another port", { selector: {}, ports: [{ port: 80, targetPort: 6443 }] }],
    ["is open to the outside", { type: "NodePort", selector: {}, ports: [{ port: 80 }] }],
  ] as const;

  test.each(others)("is not called at a Service of somebody else's that %s: it takes another name", async (_, spec) => {
    await coupleWith({ apparatus: { ...apparatus, idleTimeout: 3_600 } });
    await kube.delete(podKey("shop-apparatus"));
    await forge({}, spec);
    await world.clock.advance(60_000);
    await rest(world, running);
    await usedWhileReady();
    expect(await said("Ready")).toMatchObject({ status: "True" });
    const made = await kube.get({ ...serviceKey, name: "shop-plug-apparatus" });
    expect(new Set(fake.dialled.map(({ address }) => address))).toEqual(new Set([clusterIpOf(made)]));
    expect(fake.lookedUp).toEqual([]);
    expect(await kube.get(serviceKey)).toMatchObject({ spec });
  });

  test.each(others)("has its own Service put right before a call when it %s", async (_, spec) => {
    await coupleWith({ apparatus: { ...apparatus, idleTimeout: 3_600 } });
    await forge({ ownerReferences: await ownerReferences() }, spec);
    await usedWhileReady();
    expect(await said("Ready")).toMatchObject({ status: "True" });
    const uid = (await kube.get(plugKey("shop")))?.metadata.uid;
    const service = await kube.get(serviceKey);
    expect(service?.["spec"]).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: "container" }],
    });
    expect(selectorOf(service)).toEqual({ "integration.rock8s.com/apparatus-of": uid });
    expect(new Set(fake.dialled.map(({ address }) => address))).toEqual(new Set([clusterIpOf(service)]));
    expect(fake.lookedUp).toEqual([]);
  });

  test("is told nothing through a Service that somebody changes between two calls", async () => {
    await coupleWith({ apparatus: { ...apparatus, idleTimeout: 3_600 }, config: { url: "a" } });
    await usedWhileReady();
    await kube.patch(serviceKey, { spec: { selector: { app: "other" } } });
    await apply(kube, plugWith("shop", { apparatus: { ...apparatus, idleTimeout: 3_600 }, config: { url: "b" } }));
    const dialled: unknown[] = [];
    fake.answer = (_, response) => {
      const service = world.cluster
        .objects()
        .find(({ kind, metadata }) => kind === "Service" && metadata.name === serviceKey.name);
      dialled.push(selectorOf(service));
      response.end("{}");
    };
    await rest(world, running);
    const uid = (await kube.get(plugKey("shop")))?.metadata.uid;
    expect(dialled).toEqual([0, 1].map(() => ({ "integration.rock8s.com/apparatus-of": uid })));
  });

  test("leaves a Pod that only bears our labels, however long nobody has used it", async () => {
    const labels = {
      "app.kubernetes.io/managed-by": "plugboard",
      "integration.rock8s.com/apparatus-of": "somebody",
    };
    const spec = { containers: apparatus.containers };
    await apply(kube, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "bystander",
        namespace: "app",
        labels,
        annotations: { "integration.rock8s.com/last-used-at": "2020-01-01T00:00:00Z" },
      },
      spec,
    });
    await world.clock.advance(3_600_000);
    await rest(world, running);
    expect(await kube.get(podKey("bystander"))).toBeDefined();
  });

  test("whose containers have no port to call says so until it is edited", async () => {
    await coupleWith({ apparatus: { containers: [{ name: "hooks", image: "hooks:1" }] } });
    expect((await said("Ready")).message).toContain("expected one with a port named container");
    expect(await kube.get(podKey("shop-apparatus"))).toBeUndefined();
    await apply(kube, plugWith("shop", { apparatus }));
    await rest(world, running);
    expect(await kube.get(podKey("shop-apparatus"))).toBeDefined();
  });
});

function specOf(object: KubeObject | undefined): { readonly clusterIP?: string; readonly selector?: object } {
  return Object(object?.["spec"]);
}
const clusterIpOf = (object: KubeObject | undefined) => specOf(object).clusterIP;
const selectorOf = (object: KubeObject | undefined) => specOf(object).selector;

describe("hooks of both sides", () => {
  test("come before each side's resources, the plug's first", async () => {
    await apply(kube, serviceOf("plug-hooks", "app"), serviceOf("socket-hooks", "db"));
    const seen: string[] = [];
    fake.answer = (call, response) => {
      const made = world.cluster
        .objects()
        .filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("made"));
      seen.push(`${call.headers.host} ${call.path} ${made.map(({ metadata }) => metadata.name).sort()}`);
      response.end("{}");
    };
    const of = (side: string) => ({
      apparatus: { endpoint: `http://${side}-hooks` },
      config: { url: "a" },
      resources: [{ template: configMap(`made-by-${side}`) }],
    });
    await coupleWith(of("plug"), of("socket"));
    expect(seen.filter((line) => line.includes("/coupled"))).toEqual([
      "plug-hooks.app.svc /coupled ",
      "socket-hooks.db.svc /coupled made-by-plug",
    ]);
    expect(seen.filter((line) => line.includes("/created"))).toHaveLength(2);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    await kube.delete(plugKey("shop"));
    await rest(world, running);
    expect(seen.filter((line) => line.includes("/decoupled"))).toEqual([
      "plug-hooks.app.svc /decoupled made-by-plug,made-by-socket",
      "socket-hooks.db.svc /decoupled made-by-plug,made-by-socket",
    ]);
  });

  test("are not called on what is no Service with a selector", async () => {
    const external = { type: "ExternalName", externalName: "metadata.google.internal" };
    await apply(
      kube,
      { ...serviceOf("elsewhere", "app"), spec: external },
      { ...serviceOf("bare", "app"), spec: { ports: [{ port: 80 }] } },
    );
    for (const name of ["elsewhere", "bare"]) {
      await coupleWith({ apparatus: { endpoint: `http://${name}` } });
      expect(await said("Ready")).toMatchObject({ status: "False", reason: "InvalidInput" });
    }
    expect(fake.dialled).toEqual([]);
  });

  test.each([
    ["metadata", ["169.254.169.254"]],
    ["this machine, beside a Pod", ["10.244.0.9", "127.0.0.1"]],
    ["metadata at the second look", ["10.244.0.9"], ["fd00:ec2::254"]],
  ])("of a headless Service go only to an address that was judged: not to %s", async (_what, first, later = first) => {
    await apply(kube, {
      ...serviceOf("headless", "app"),
      spec: { clusterIP: "None", selector: { app: "a" }, ports: [{ port: 80 }] },
    });
    fake.addresses = () => (fake.lookedUp.length === 1 ? first : later);
    await coupleWith({ apparatus: { endpoint: "http://headless" } });
    expect(await said("Ready")).toMatchObject({ status: "False", reason: "InvalidInput" });
    expect(fake.dialled.map(({ address }) => address).filter((address) => address !== "10.244.0.9")).toEqual([]);
  });
});

function serviceOf(name: string, namespace: string): KubeObject {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}

describe("an apparatus that fails", () => {
  const endpoint = { apparatus: { endpoint: "http://hooks" } };
  beforeEach(() => apply(kube, serviceOf("hooks", "app")));

  const failing = (path: string, ...codes: readonly number[]) => {
    const left = [...codes];
    fake.answer = (call, response) => {
      const code = call.path === path ? (left.shift() ?? 200) : 200;
      response
        .writeHead(code, code === 429 ? { "retry-after": "30" } : {})
        .end(code === 200 ? "{}" : '{"message":"no such realm"}');
    };
  };

  test.each([500, 503, 408, 429])("with %i is called again by itself, with the same key", async (code) => {
    failing("/coupled", code, code);
    await coupleWith(endpoint);
    await world.clock.advance(120_000);
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    const keys = fake.calls.filter(({ path }) => path === "/coupled").map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test.each([400, 409, 302])("with %i has refused until an edit, which has another key", async (code) => {
    failing("/coupled", code);
    await coupleWith(endpoint);
    await world.clock.advance(600_000);
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "False", reason: "Refused" });
    if (code !== 302) expect((await said("Failed")).message).toContain("no such realm");
    expect(paths().filter((path) => path === "/coupled")).toHaveLength(1);
    await apply(kube, plugWith("shop", { ...endpoint, epoch: "2" }));
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    const keys = fake.calls.filter(({ path }) => path === "/coupled").map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(2);
  });

  test("at /config with what is no JSON is asked again until it is", async () => {
    fake.answer = (call, response) => response.end(call.path === "/config" && fake.calls.length < 4 ? "<html>" : "{}");
    await coupleWith(endpoint);
    await world.clock.advance(60_000);
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
  });

  test("for a coupling that holds leaves it coupled", async () => {
    await coupleWith(endpoint);
    failing("/config", 400);
    await apply(kube, plugWith("shop", { ...endpoint, config: { url: "b" } }));
    await rest(world, running);
    expect(await said("Coupled")).toMatchObject({ status: "True" });
    expect(await said("Ready")).toMatchObject({ status: "False", reason: "Refused" });
  });

  test("that is down holds nothing up once it is up again", async () => {
    fake.down = true;
    await coupleWith(endpoint);
    expect((await said("Ready")).message).toContain("connection refused");
    fake.down = false;
    await world.clock.advance(300_000);
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
  });

  test("at /decoupled lets go with force-remove", async () => {
    await coupleWith(endpoint);
    fake.answer = (_, response) => response.writeHead(400).end();
    await kube.delete(plugKey("shop"));
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ reason: "Refused" });
    await kube.patch(plugKey("shop"), { metadata: { annotations: { "integration.rock8s.com/force-remove": "true" } } });
    await rest(world, running);
    expect(await kube.get(plugKey("shop"))).toBeUndefined();
  });

  test("says a secret of its config nowhere", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "c", namespace: "app" } };
    await apply(kube, { ...secret, stringData: { password: 'hunter"22' } });
    fake.answer = (call, response) =>
      call.path === "/coupled"
        ? response.writeHead(400).end(`cannot log in: ${JSON.stringify(call.body)}`)
        : response.end("{}");
    await coupleWith({ ...endpoint, configSecretName: "c" });
    expect((await said("Failed")).message).toContain("(sensitive)");
    const told = world.cluster.objects().filter(({ kind }) => kind !== "Secret");
    expect(JSON.stringify(told)).not.toMatch(/hunter/);
  });
});

describe("a socket with an apparatus", () => {
  test("takes plugs once its created hook has answered, and is told of each coupling", async () => {
    await coupleWith({}, { apparatus: { ...apparatus, idleTimeout: 3_600 } });
    expect(await said("Ready")).toMatchObject({ status: "False", reason: "SocketNotCreated" });
    await markReady(kube, podKey("pg-apparatus", "db"));
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    expect(paths()).toEqual(["/created", "/config", "/coupled"]);
    await kube.delete(plugKey("shop"));
    await kube.delete(socketKey("pg"));
    await rest(world, running);
    expect(paths().slice(3)).toEqual(["/decoupled", "/deleted"]);
    expect(await kube.get(socketKey("pg"))).toBeUndefined();
  });
});

describe("a socket's apparatus that many plugs need at once", () => {
  test("is made once, and none of them is said to have failed", async () => {
    await apply(kube, socketWith("pg", { apparatus: { ...apparatus, idleTimeout: 3_600 } }));
    await rest(world, running);
    await markReady(kube, podKey("pg-apparatus", "db"));
    await rest(world, running);
    await kube.delete(podKey("pg-apparatus", "db"));
    const names = ["a", "b", "c", "d", "e", "f"];
    await apply(kube, ...names.map((name) => plugWith(name, {})));
    await rest(world, running);
    await markReady(kube, podKey("pg-apparatus", "db"));
    await rest(world, running);
    for (const name of names) expect(conditionOf(await kube.get(plugKey(name)), "Ready").status).toBe("True");
    const warnings = world.cluster.objects().filter(({ kind, type }) => kind === "Event" && type === "Warning");
    expect(warnings.map(({ note }) => note)).toEqual([]);
    expect(paths().filter((path) => path === "/coupled")).toHaveLength(6);
  });
});

describe("where Knative serves", () => {
  const key = { apiVersion: "serving.knative.dev/v1", kind: "Service", namespace: "app", name: "shop-apparatus" };

  test("an apparatus is a Knative Service, which scales by itself", async () => {
    await apply(kube, ...knativeDefinitions);
    await coupleWith({ apparatus });
    const service = await kube.get(key);
    expect(service).toMatchObject({
      metadata: { ownerReferences: [{ kind: "Plug", name: "shop" }] },
      spec: { template: { spec: { containers: [{ image: "hooks:1", ports: [{ containerPort: 8080 }] }] } } },
    });
    expect(JSON.stringify(service?.["spec"])).not.toContain('"name":"container"');
    expect(await kube.get(podKey("shop-apparatus"))).toBeUndefined();
    await routed();
    await ready();
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "True" });
    expect(fake.calls[0]?.headers).toMatchObject({ host: "shop-apparatus.app.svc.cluster.local" });
    expect(new Set(fake.lookedUp)).toEqual(new Set(["shop-apparatus.app.svc.cluster.local"]));
  });

  test("it is called where its own status says, once that is an address in the cluster", async () => {
    await apply(kube, ...knativeDefinitions);
    await coupleWith({ apparatus });
    await routed();
    await ready("http://shop-apparatus.app.svc.elsewhere.com");
    await ready("http://metadata.google.internal");
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "False" });
    expect(fake.lookedUp).toEqual([]);
    await ready("https://shop-apparatus.app.svc.corp.local");
    await world.clock.advance(600_000);
    await rest(world, running);
    expect(new Set(fake.dialled.map(({ host, port, tls }) => `${host}:${port} ${tls}`))).toEqual(
      new Set(["shop-apparatus.app.svc.corp.local:443 true"]),
    );
  });

  const forgeries = [
    ["nobody has made", undefined],
    ["nobody owns", []],
    [
      "a Route of another owns",
      [{ apiVersion: "serving.knative.dev/v1", kind: "Route", name: "shop-apparatus", uid: "other", controller: true }],
    ],
    [
      "another kind of that name owns",
      [{ apiVersion: "v1", kind: "ConfigMap", name: "shop-apparatus", uid: "x", controller: true }],
    ],
  ] as const;

  test.each(forgeries)("it is not called where its name leads to a Service that %s", async (_, owners) => {
    await apply(kube, ...knativeDefinitions);
    await coupleWith({ apparatus });
    await routed();
    const alias = { apiVersion: "v1", kind: "Service", namespace: "app", name: "shop-apparatus" };
    await kube.delete(alias);
    if (owners !== undefined)
      await apply(kube, {
        ...alias,
        metadata: { name: alias.name, namespace: alias.namespace, ownerReferences: owners },
        spec: { type: "ExternalName", externalName: "vault.kube-system.svc" },
      });
    await ready();
    await rest(world, running);
    expect(await said("Ready")).toMatchObject({ status: "False" });
    expect(fake.dialled).toEqual([]);
    expect(fake.lookedUp).toEqual([]);
  });

  test("it takes another name where somebody made one with our labels first", async () => {
    await apply(kube, ...knativeDefinitions);
    await apply(kube, socketWith("pg", {}), plugWith("shop", {}));
    await rest(world, running);
    const uid = (await kube.get(plugKey("shop")))?.metadata.uid ?? "";
    const labels = { "app.kubernetes.io/managed-by": "plugboard", "integration.rock8s.com/apparatus-of": uid };
    await apply(kube, { ...key, metadata: { name: key.name, namespace: "app", labels }, spec: { forged: true } });
    await apply(kube, plugWith("shop", { apparatus }));
    await rest(world, running);
    expect(await kube.get({ ...key, name: "shop-plug-apparatus" })).toBeDefined();
    expect(await kube.get(key)).toMatchObject({ spec: { forged: true } });
  });

  /** What Knative's controllers make: a Route of the Service, and an alias to their gateway of the Route. */
  async function routed(): Promise<void> {
    const service = await kube.get(key);
    const owned = (by: KubeObject | undefined): object => ({
      name: key.name,
      namespace: "app",
      ownerReferences: [
        { apiVersion: by?.apiVersion, kind: by?.kind, name: key.name, uid: by?.metadata.uid, controller: true },
      ],
    });
    const route = { apiVersion: key.apiVersion, kind: "Route" };
    await kube.create({ ...route, metadata: { name: "", ...owned(service) }, spec: {} });
    const made = await kube.get({ ...key, ...route });
    const external = { type: "ExternalName", externalName: "gateway.knative-serving.svc.cluster.local" };
    await kube.create({ apiVersion: "v1", kind: "Service", metadata: { name: "", ...owned(made) }, spec: external });
  }

  async function ready(url = "http://shop-apparatus.app.svc.cluster.local"): Promise<void> {
    const service = await kube.get(key);
    const status = { conditions: [{ type: "Ready", status: "True" }], address: { url } };
    await kube.replaceStatus({ ...service, ...key, metadata: { ...service?.metadata, name: key.name }, status });
  }
});

const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const knativeDefinitions = ["service", "route"].map((singular) => {
  const kind = singular === "service" ? "Service" : "Route";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.serving.knative.dev` },
    spec: {
      group: "serving.knative.dev",
      scope: "Namespaced",
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: open }, subresources: { status: {} } },
      ],
    },
  };
});

describe("a plug that vanished without its decouple", () => {
  test("has its socket's apparatus told all the same", async () => {
    await apply(kube, serviceOf("hooks", "db"));
    await coupleWith({}, { apparatus: { endpoint: "http://hooks" } });
    expect(await said("Ready")).toMatchObject({ status: "True" });
    await running.stop();
    await kube.patch(plugKey("shop"), { metadata: { finalizers: [] } });
    await kube.delete(plugKey("shop"));
    running = await start(world, { apparatus: fake, holder: "two" });
    for (let resyncs = 0; resyncs < 4; resyncs += 1) {
      await world.clock.advance(600_000);
      await rest(world, running);
    }
    expect(paths().at(-1)).toBe("/decoupled");
  });
});
