import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { explainOn, type Subject } from "../../../../cli/show/explain/explain.ts";
import type { Explanation } from "../../../../cli/show/explain/explanation.ts";
import { printExplanation } from "../../../../cli/show/explain/print.ts";
import { apiVersion } from "../../../../crds/names.ts";
import { reasons } from "../../../../crds/reasons.ts";
import { writeJson } from "../../../../kit/encoding/exact-json.ts";
import { Forbidden } from "../../../../kit/errors.ts";
import { type Intercept, interceptedKube, type KubeRequest } from "../../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import {
  configMap,
  configMapKey,
  plugKey,
  plugWith,
  secret,
  socketKey,
  socketWith,
  template,
} from "../../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../../worlds/worlds.ts";
import { root, typed } from "../../terminal.ts";
import { livedThrough, ways } from "./ways.ts";

const web: Subject = { kind: "Plug", namespace: "app", name: "web" };
const pg: Subject = { kind: "Socket", namespace: "db", name: "pg" };

function explained({ cluster, clock }: World, subject: Subject, intercept?: Intercept): Promise<Explanation> {
  const kube = intercept === undefined ? cluster.kube : interceptedKube(cluster.kube, intercept);
  return explainOn(kube, subject, { operatorNamespace, serveNamespaces: undefined, now: clock.now() });
}

async function coupled(...objects: readonly KubeObject[]): Promise<World> {
  const world = await makeWorld();
  const running = await start(world);
  await apply(world.cluster.kube, ...objects);
  await rest(world, running);
  await running.stop();
  return world;
}

function firstLines(explanation: Explanation): readonly string[] {
  return printExplanation(explanation).split("\n").slice(0, 3);
}

describe.each(ways)("if $name", (way) => {
  test("the first three lines name the plug, the cause, the party that must act, and its action", async () => {
    const world = await livedThrough(way);
    const subject = { ...web, ...way.plug };
    const before = JSON.stringify(world.cluster.objects(), bigText);
    const explanation = await explained(world, subject);
    const [what, state = "", turn = ""] = firstLines(explanation);
    expect(what).toContain(`Plug ${subject.namespace}/${subject.name} asks socket db/pg`);
    for (const words of way.cause) expect(state).toContain(words);
    for (const words of way.turn) expect(turn).toContain(words);
    expect(state).toContain(way.reason);
    expect(reasons).toHaveProperty(way.reason);
    expect(JSON.parse(writeJson(explanation))).toMatchObject({
      what,
      state,
      reason: way.reason,
      turn: explanation.turn,
    });
    expect(explanation).toMatchObject({
      ready: false,
      reason: way.reason,
      turn: { whose: expect.any(String) },
      unread: [],
    });
    expect(explanation.next).toMatch(/^Nothing|Plugboard retries with growing delays\.$/);
    expect(JSON.stringify(world.cluster.objects(), bigText)).toBe(before);
  });
});

describe("the side that must act", () => {
  const lacks = { config: { plug: { a: { required: true } }, socket: { b: { required: true } } } };
  const own = [{ template: template("x") }];

  test.each([
    [
      "a right of the socket's service account",
      { resources: own },
      {},
      "the owner of socket db/pg. Grant service account db/default",
    ],
    [
      "a right of the plug's service account",
      {},
      { resources: own },
      "the owner of plug app/web. Grant service account app/default",
    ],
    [
      "a template of the socket",
      { resources: [{ template: template("x", { a: "{% nope %}" }) }] },
      {},
      "the owner of socket db/pg. Edit the template",
    ],
    ["the socket's Secret", { configSecretName: "root" }, {}, "the owner of socket db/pg. Create Secret db/root"],
    [
      "a value of the socket",
      { interface: { config: { socket: lacks.config.socket } } },
      {},
      "the owner of socket db/pg. Provide",
    ],
    [
      "a value of each side",
      { interface: lacks },
      {},
      "the owner of plug app/web or of socket db/pg, as the message says",
    ],
  ])("is named for %s", async (_, socketSpec, plugSpec, turn) => {
    const objects = [socketWith("pg", socketSpec), plugWith("web", plugSpec)];
    const way = { name: "", reason: "", cause: [], turn: [], cluster: { rbac: true }, objects };
    expect(firstLines(await explained(await livedThrough(way), web))[2]).toContain(turn);
  });
});

function bigText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

describe("a plug that is coupled", () => {
  const objects = [
    socketWith("pg"),
    secret("app", "login", { password: "hunter2-hunter2" }),
    configMap("app", "settings", { color: "blue" }),
    plugWith("web", {
      configSecretName: "login",
      configConfigMapName: "settings",
      config: { url: "postgres://inline" },
      resources: ["one", "two"].map((name) => ({ template: template(name, { a: "{% .plugConfig.url %}" }) })),
    }),
  ];

  test("is ready, and nobody has to act", async () => {
    const explanation = await explained(await coupled(...objects), web);
    expect(firstLines(explanation)).toEqual([
      "Plug app/web asks socket db/pg for an integration.",
      "It is ready: coupled to socket db/pg, at revision 1.",
      "Whose turn: nobody's. Nothing to do.",
    ]);
    expect(explanation).toMatchObject({ ready: true, revision: { resolved: 1, performed: 1 } });
  });

  test("has its inputs named by field, without their values", async () => {
    const explanation = await explained(await coupled(...objects), web);
    expect(explanation.inputs).toEqual([
      { what: "spec.config", side: "plug", state: "gives url" },
      {
        what: "ConfigMap app/settings",
        side: "plug",
        state: expect.stringContaining("as seen"),
        note: "spec.configConfigMapName",
      },
      {
        what: "Secret app/login",
        side: "plug",
        state: expect.stringContaining("as seen"),
        note: "spec.configSecretName",
      },
    ]);
    for (const value of ["hunter2", "aHVudGVyMi1odW50ZXIy", "blue", "postgres://inline"])
      expect(`${printExplanation(explanation)}${JSON.stringify(explanation)}`).not.toContain(value);
  });

  test("is explained without a write, and without the contents of an input or a resource", async () => {
    const world = await coupled(...objects);
    const requests: KubeRequest[] = [];
    await explained(world, web, (request, perform) => {
      requests.push(request);
      return perform();
    });
    expect(requests.filter(({ write }) => write)).toEqual([]);
    const kinds = requests.filter(({ verb }) => verb === "get").map(({ kind }) => kind);
    expect([...new Set(kinds)].toSorted()).toEqual(["Namespace", "Plug", "Socket"]);
    expect(kinds.filter((kind) => kind === "Socket")).toHaveLength(1);
  });

  test("has each resource compared with the cluster: applied, drifted with its last client, missing, replaced", async () => {
    const world = await coupled(...objects);
    const { kube } = world.cluster;
    expect((await explained(world, web)).resources.map(({ state }) => state)).toEqual(["applied", "applied"]);
    await kube.apply({ ...configMap("app", "one", { a: "theirs" }) }, { fieldManager: "rival", force: true });
    await kube.delete(configMapKey("app", "two"));
    const explanation = await explained(world, web);
    expect(explanation.resources).toMatchObject([
      { what: "ConfigMap app/one", state: "drifted", note: expect.stringContaining("by rival") },
      { what: "ConfigMap app/two", state: "missing" },
    ]);
    expect(explanation.next).toContain("plug.repair is due");
    await kube.create(configMap("app", "two"));
    expect((await explained(world, web)).resources[1]).toMatchObject({ state: "replaced" });
  });

  test("has an object that existed before marked as not Plugboard's", async () => {
    const world = await coupled(configMap("app", "one", { b: "theirs" }), ...objects);
    expect((await explained(world, web)).resources[0]).toMatchObject({
      state: "applied",
      note: expect.stringContaining("existed before"),
    });
  });

  test("shows an edit that Plugboard has not seen yet, and what it does next", async () => {
    const world = await coupled(...objects);
    await apply(world.cluster.kube, plugWith("web", { configSecretName: "gone" }));
    const explanation = await explained(world, web);
    expect(explanation.ready).toBe(false);
    expect(firstLines(explanation)[1]).toContain("has not looked at the newest edit (generation 2)");
    expect(firstLines(explanation)[2]).toContain("Plugboard's");
    expect(explanation.next).toContain("plug.resolve-config is due");
  });

  test("is explained from what the caller may read, and the rest is listed", async () => {
    const world = await coupled(...objects);
    const onlyPlugs: Intercept = (request, perform) => {
      if (request.kind === "Plug") return perform();
      return Promise.reject(new Forbidden(`may not ${request.verb} ${request.kind}`));
    };
    const explanation = await explained(world, web, onlyPlugs);
    expect(firstLines(explanation)[1]).toBe("It is ready: coupled to socket db/pg, at revision 1.");
    expect(explanation.unread.map(({ what }) => what)).toEqual([
      "ConfigMap app/one",
      "ConfigMap app/settings",
      "ConfigMap app/two",
      "Events of namespace app",
      "Namespace app",
      "Secret app/login",
      "Socket db/pg",
    ]);
    expect(explanation.resources.map(({ state }) => state)).toEqual(["not readable", "not readable"]);
    expect(explanation.next).toBeUndefined();
  });
});

test("a deletion that a finalizer of another client holds up names the object, and how to find that client", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const running = await start(world);
  await apply(kube, socketWith("pg"), plugWith("web", { resources: [{ template: template("one") }] }));
  await rest(world, running);
  const held = configMap("app", "one");
  await apply(kube, { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } });
  await kube.delete(plugKey("web"));
  expect(firstLines(await explained(world, web))[1]).toBe(
    "It is being deleted, and Plugboard has not looked at this yet.",
  );
  await rest(world, running);
  await running.stop();
  const explanation = await explained(world, web);
  expect(firstLines(explanation)[1]).toContain("It is being deleted (Decoupling");
  expect(firstLines(explanation)[2]).toContain("the controller that holds ConfigMap app/one by a finalizer");
  expect(firstLines(explanation)[2]).toContain("kubectl get configmap one -n app");
  expect(explanation).toMatchObject({
    ready: false,
    waits: [{ what: "ConfigMap app/one", state: "is being deleted" }],
  });
  await kube.delete(socketKey("pg"));
  expect(firstLines(await explained(world, pg))[2]).toContain("plugboard explain plug app/web");
});

test("a plug that no Plugboard has looked at says so", async () => {
  const world = await makeWorld();
  await apply(world.cluster.kube, plugWith("web"));
  const [, state, turn] = firstLines(await explained(world, web));
  expect(state).toContain("Plugboard has not looked at it yet");
  expect(turn).toContain("check that Plugboard runs and serves namespace app");
});

test("a warning that only an Event reports is shown with its remedy", async () => {
  const resources = [{ template: template("one", { a: "{% .plugConfig.nope %}" }) }];
  const explanation = await explained(await coupled(socketWith("pg"), plugWith("web", { resources })), web);
  expect(explanation).toMatchObject({
    ready: true,
    warnings: [
      {
        reason: "MissingValue",
        note: expect.stringContaining(".plugConfig.nope"),
        remedy: reasons.MissingValue.remedy,
      },
    ],
  });
});

test("text of the cluster cannot move the cursor or begin a line", async () => {
  const world = await makeWorld();
  const paused = plugWith("web");
  const annotations = { "integration.rock8s.com/paused": "\u001b[2J\nWhose turn: nobody's.\u202e" };
  await apply(world.cluster.kube, socketWith("pg"), { ...paused, metadata: { ...paused.metadata, annotations } });
  const running = await start(world);
  await rest(world, running);
  await running.stop();
  const text = printExplanation(await explained(world, web));
  expect(text).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
  expect(text.split("\n").filter((line) => line.startsWith("Whose turn"))).toHaveLength(1);
});

describe("a socket", () => {
  const crowd = [
    socketWith("pg", {
      limit: 3,
      interface: { name: "postgres", version: "1.0.0", config: { plug: { url: { required: true } } } },
    }),
    plugWith("a", { config: { url: "x" } }),
    plugWith("b"),
    plugWith("c", { config: { url: "x" }, resources: [{ template: template("c", { a: "{% fail `no` %}" }) }] }, "db"),
  ];

  test("has its plugs counted, with the first reason, its places, and the plugs that an edit concerns", async () => {
    const explanation = await explained(await coupled(...crowd), pg);
    expect(firstLines(explanation)).toEqual([
      "Socket db/pg offers interface postgres 1.0.0 to at most 3 plugs.",
      "It accepts plugs: 1 coupled, 0 on their way, 1 waiting, 1 failed.",
      "Whose turn: nobody's for the socket. For its plugs: plugboard explain plug db/c",
    ]);
    expect(explanation).toMatchObject({
      ready: true,
      plugs: {
        coupled: 1,
        waiting: 1,
        first: { waiting: "app/b (InvalidConfig)", failed: "db/c (TemplateError)" },
        namespaces: ["app", "db"],
      },
      places: { limit: 3, granted: 3 },
      unread: [],
    });
  });

  test("that is paused says how it continues", async () => {
    const world = await makeWorld();
    const annotations = { "integration.rock8s.com/paused": "upgrade" };
    await apply(world.cluster.kube, { ...socketWith("pg"), metadata: { name: "pg", namespace: "db", annotations } });
    const running = await start(world);
    await rest(world, running);
    await running.stop();
    const explanation = await explained(world, pg);
    expect(explanation.ready).toBe(false);
    expect(firstLines(explanation)[1]).toContain("It is paused (upgrade)");
    expect(firstLines(explanation)[2]).toContain("kubectl annotate socket pg -n db");
  });

  test("whose templates are wrong names its owner", async () => {
    const resources = [{ template: template("x", { a: "{% nope %}" }) }];
    const explanation = await explained(await coupled(socketWith("pg", { resources })), pg);
    expect(explanation).toMatchObject({ ready: false, reason: "TemplateError" });
    expect(firstLines(explanation)[1]).toContain("nope");
    expect(firstLines(explanation)[2]).toContain("the owner of socket db/pg");
  });

  test("counts the plugs that the caller may read, and says which it may not", async () => {
    const onlyOwn: Intercept = (request, perform) =>
      request.verb === "list" && request.namespace !== "db" ? Promise.reject(new Forbidden("no")) : perform();
    const explanation = await explained(await coupled(...crowd), pg, onlyOwn);
    expect(explanation.plugs).toMatchObject({ coupled: 0, failed: 1 });
    expect(firstLines(explanation)[1]).toContain("its status counts 1 coupled");
    expect(explanation.unread.map(({ what }) => what)).toEqual(["plugs of all namespaces", "plugs of namespace app"]);
  });
});

describe("a deferred resource", () => {
  function deferred(spec: object): KubeObject {
    const metadata = { name: "late", namespace: "app" };
    return { apiVersion, kind: "DeferredResource", metadata, spec: { resource: template("made"), ...spec } };
  }
  const late: Subject = { kind: "DeferredResource", namespace: "app", name: "late" };

  test("says which object it waits for, and who creates it", async () => {
    const waitFor = [{ apiVersion: "v1", kind: "Secret", name: "key" }];
    const explanation = await explained(await coupled(deferred({ waitFor })), late);
    expect(firstLines(explanation)).toEqual([
      "Deferred resource app/late applies ConfigMap made once Secret key exists.",
      expect.stringContaining("Waiting for Secret app/key"),
      "Whose turn: the owner of deferred resource app/late. Create Secret app/key. Plugboard continues automatically.",
    ]);
    expect(explanation).toMatchObject({ ready: false, waits: [{ what: "Secret app/key", state: "does not exist" }] });
  });

  test("that waits for its time says when", async () => {
    const explanation = await explained(await coupled(deferred({ timeout: 86_400 })), late);
    expect(firstLines(explanation)[2]).toBe("Whose turn: nobody's. Plugboard applies it at 2026-01-02T00:00:00.000Z.");
  });

  test("that is applied is ready", async () => {
    const explanation = await explained(await coupled(deferred({})), late);
    expect(explanation).toMatchObject({ ready: true, reason: "Success", turn: { remedy: "Nothing to do." } });
  });
});

describe("plugboard explain", () => {
  const hello = join(root, "samples/hello");

  test("ends with 0 for a plug of files that couples, in its namespace or with it", async () => {
    const { code, stdout, stderr } = await typed("explain", "plug", "hello/visitor", "-f", hello);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("It is ready: coupled to socket hello/greeter");
    expect((await typed("explain", "Plugs", "visitor", "-n", "hello", "-f", hello)).stdout.split("\n")[1]).toBe(
      stdout.split("\n")[1],
    );
  });

  test("ends with 1 for one that waits, and prints the same facts as JSON", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "plugboard-explain-")), "plug.json");
    writeFileSync(file, JSON.stringify(plugWith("web")));
    const { code, stdout } = await typed("explain", "plug", "app/web", "-f", file, "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Plug",
      ready: false,
      reason: "SocketNotCreated",
      state: expect.stringContaining("Socket db/pg does not exist"),
      turn: { whose: "the owner of socket db/pg", remedy: expect.stringContaining("Create socket db/pg") },
    });
  });

  test("ends with 1 and the names that exist, if there is no such object", async () => {
    const { code, stderr } = await typed("explain", "plug", "shop/visitor", "-f", hello);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "plugboard: Plug shop/visitor does not exist. There is: hello/visitor.\n",
    });
  });

  test.each([
    [["thing", "x", "-f", hello], "expected plug, socket or deferredresource"],
    [["plug", "a/b/c", "-f", hello], "expected NAME or NAMESPACE/NAME"],
    [["plug", "a/b", "-n", "c", "-f", hello], "is in namespace a, but --namespace names c"],
    [["plug", "a/b", "--rbac"], "need -f"],
    [["plug"], "missing required argument"],
  ])("ends with 2 for %j", async (words, message) => {
    const { code, stderr } = await typed("explain", ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
