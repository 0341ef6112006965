import { describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "./scenarios.ts";

/** One test for each intended difference; docs/integration-operator/differences.md has the same names. */
const where = { app: "app", db: "db" } as const;
const template = (name: string, data = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const configMap = (name: string, data = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: where.db },
  data,
});
const plug = (spec: object = {}, name = "p", at = "app"): KubeObject =>
  plugWith(name, { socket: { name: "sock", namespace: "db" }, ...spec }, at);
const socket = (spec: object = {}, name = "sock"): KubeObject => socketWith(name, spec);

class Stand {
  readonly #world: World;
  readonly #plugboard: InProcess;

  constructor(world: World, plugboard: InProcess) {
    this.#world = world;
    this.#plugboard = plugboard;
  }

  static async with(...objects: readonly KubeObject[]): Promise<Stand> {
    const world = await makeWorld();
    await world.cluster.load([namespace("app-two")]);
    const stand = new Stand(world, await start(world));
    return stand.apply(...objects);
  }

  async apply(...objects: readonly KubeObject[]): Promise<Stand> {
    await apply(this.#world.cluster.kube, ...objects);
    await rest(this.#world, this.#plugboard);
    return this;
  }

  async delete(object: KubeObject): Promise<Stand> {
    await this.#world.cluster.kube.delete({
      ...object,
      namespace: object.metadata.namespace,
      name: object.metadata.name,
    });
    await rest(this.#world, this.#plugboard);
    return this;
  }

  async later(milliseconds: number): Promise<Stand> {
    await this.#world.clock.advance(milliseconds);
    await rest(this.#world, this.#plugboard);
    return this;
  }

  get seen(): { readonly [key: string]: unknown } {
    return seenWorld(this.#world.cluster.objects(), ["app", "db", "app-two"]);
  }

  get names(): readonly string[] {
    return this.#world.cluster.objects().map(({ metadata }) => metadata.name);
  }

  /** Everything the plug's conditions say. */
  async said(name = "p", at = "app"): Promise<string> {
    return JSON.stringify((await this.#world.cluster.kube.get(plugKey(name, at)))?.["status"]);
  }

  async spec(name = "p"): Promise<unknown> {
    return (await this.#world.cluster.kube.get(plugKey(name)))?.["spec"];
  }
}

describe("differently from the operator before", () => {
  test("a var whose object is not there is waited for by name, and is not taken for empty", async () => {
    const vars = [
      { name: "v", objref: { apiVersion: "v1", kind: "ConfigMap", name: "facts" }, fieldref: { fieldPath: "data.v" } },
    ];
    const stand = await Stand.with(socket({ vars, configTemplate: { v: "[{% .vars.v %}]" } }), plug());
    expect(await stand.said()).toContain("ConfigMap db/facts");
    expect(stand.seen).toMatchObject({ "app/Plug/p": { coupled: "False" } });
  });

  test("an entry that says neither when nor do is applied when coupled and updated", async () => {
    const stand = await Stand.with(
      socket({ resources: [{ template: template("out", { v: "{% .plugConfig.v %}" }) }] }),
      plug({ config: { v: "1" } }),
    );
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "1" } });
    await stand.apply(plug({ config: { v: "2" } }));
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "2" } });
  });

  test("result resources go with their coupling, unless they are preserved", async () => {
    const entries = [{ template: template("goes") }, { preserveWhenDecoupled: true, template: template("stays") }];
    const stand = await Stand.with(socket({ resultResources: entries }), plug());
    expect(Object.keys(stand.seen)).toContain("db/ConfigMap/goes");
    await stand.delete(plug());
    expect(Object.keys(stand.seen)).toEqual(["db/ConfigMap/stays", "db/Socket/sock"]);
  });

  test("templates see no status", async () => {
    const data = { plug: "{% hasKey .plug `status` %}", socket: "{% hasKey .socket `status` %}" };
    const stand = await Stand.with(socket({ resources: [{ template: template("out", data) }] }), plug());
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { plug: "false", socket: "false" } });
  });

  test("one rule holds for config and result of both sides: empty is absent, the default stands in, all that is missing is named", async () => {
    const property = { given: { required: true, default: "d" }, first: { required: true }, second: { required: true } };
    const config = { plug: property, socket: { host: { required: true } } };
    const stand = await Stand.with(socket({ interface: { config } }), plug({ config: { given: "", first: "" } }));
    const said = await stand.said();
    expect(said).toContain("InvalidConfig");
    for (const name of ["first", "second", "host"]) expect(said).toContain(name);
    expect(said).not.toContain("given");
  });

  test("a whitelist entry without any metacharacter is the whole name of a namespace", async () => {
    const stand = await Stand.with(
      socket({ validation: { namespaceWhitelist: ["app"] } }),
      plug(),
      plug({}, "q", "app-two"),
    );
    expect(stand.seen).toMatchObject({ "app/Plug/p": { coupled: "True" }, "app-two/Plug/q": { coupled: "False" } });
    expect(await stand.said("q", "app-two")).toContain("NamespaceDenied");
  });

  test("plugs and sockets in kube-system and in Plugboard's own namespace are not served", async () => {
    for (const at of ["kube-system", "plugboard"]) {
      const there = {
        ...socket({ resources: [{ template: template("made") }] }),
        metadata: { name: "sock", namespace: at },
      };
      const stand = await Stand.with(there, plug({ socket: { name: "sock", namespace: at } }, "p", at));
      expect(await stand.said("p", at)).toContain("NotServed");
      expect(stand.names).not.toContain("made");
    }
  });

  test("never more plugs are coupled than a socket's limit, even when they arrive together", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const stand = await Stand.with(socket({ limit: 2 }), ...names.map((name) => plug({}, name)));
    const coupled = names.filter((name) => JSON.stringify(stand.seen[`app/Plug/${name}`]).includes('"True"'));
    expect(coupled).toHaveLength(2);
    expect(await stand.said(names.find((name) => !coupled.includes(name)))).toContain("SocketFull");
  });

  test("a coupled plug follows what it depends on, without anyone touching its epoch", async () => {
    const sock = socket({
      configConfigMapName: "settings",
      resources: [{ template: template("out", { v: "{% .socketConfig.v %}" }) }],
    });
    const stand = await Stand.with(configMap("settings", { v: "1" }), sock, plug());
    await stand.apply(configMap("settings", { v: "2" }));
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "2" } });
  });

  test("a plug's spec stays as its user wrote it", async () => {
    const written = plug({ config: { v: "1" } });
    const stand = await Stand.with(socket(), written);
    await stand.apply(socket({ epoch: "2" }));
    expect(await stand.spec()).toEqual(written["spec"]);
  });

  test("a plug pointed at another socket is decoupled from the one, then coupled to the other", async () => {
    const resources = [{ template: template("{% .socket.metadata.name %}") }];
    const stand = await Stand.with(socket({ resources }), socket({ resources }, "other"), plug());
    await stand.apply(plug({ socket: { name: "other", namespace: "db" } }));
    expect(stand.seen).toMatchObject({ "app/Plug/p": { coupledSocket: "other" }, "db/ConfigMap/other": {} });
    expect(stand.seen).not.toHaveProperty(["db/ConfigMap/sock"]);
  });

  test("deleting a socket deletes no plug", async () => {
    const stand = await Stand.with(socket(), plug());
    await stand.delete(socket());
    expect(stand.seen).toEqual({ "app/Plug/p": { coupledSocket: null, result: null, coupled: "False" } });
  });

  test("what created made belongs to its own side, and goes when that side is deleted", async () => {
    const stand = await Stand.with(socket({ resources: [{ when: ["created"], template: template("own") }] }), plug());
    await stand.delete(plug());
    expect(Object.keys(stand.seen)).toEqual(["db/ConfigMap/own", "db/Socket/sock"]);
    await stand.delete(socket());
    expect(stand.seen).toEqual({});
  });

  test("a template that renders to nothing is skipped", async () => {
    const stringTemplate = "{% if eq .plug.metadata.name `other` %}\napiVersion: v1\n{% end %}";
    const stand = await Stand.with(socket({ resources: [{ stringTemplate }, { template: template("out") }] }), plug());
    expect(stand.seen).toMatchObject({ "app/Plug/p": { coupled: "True" }, "db/ConfigMap/out": {} });
  });

  test("an object that was there before is given back, not deleted", async () => {
    const stand = await Stand.with(
      configMap("theirs", { k: "v" }),
      socket({ resources: [{ template: template("theirs", { ours: "v" }) }] }),
      plug(),
    );
    expect(stand.seen).toMatchObject({ "db/ConfigMap/theirs": { k: "v", ours: "v" } });
    await stand.delete(plug());
    expect(stand.seen).toMatchObject({ "db/ConfigMap/theirs": { k: "v" } });
    expect(stand.seen).not.toMatchObject({ "db/ConfigMap/theirs": { ours: "v" } });
  });

  test("a result that came from a Secret is shown as (sensitive)", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "db" },
      stringData: { password: "hunter22" },
    };
    const resultResources = [
      {
        template: {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "got" },
          stringData: { p: "{% .socketResult.password %}" },
        },
      },
    ];
    const stand = await Stand.with(secret, socket({ resultSecretName: "s" }), plug({ resultResources }));
    expect(stand.seen).toMatchObject({
      "app/Plug/p": { result: { socket: { password: "(sensitive)" } } },
      "app/Secret/got": { p: "hunter22" },
    });
    expect(await stand.said()).not.toContain("hunter22");
  });

  test("a password that a template makes, and the time it reads, stay the same through updates", async () => {
    const data = { password: "{% randAlphaNum 20 %}", at: "{% now | unixEpoch %}", v: "{% .plugConfig.v %}" };
    const stand = await Stand.with(
      socket({ resources: [{ template: template("out", data) }] }),
      plug({ config: { v: "1" } }),
    );
    const first = stand.seen["db/ConfigMap/out"] as { readonly [key: string]: string };
    expect(first["password"]).toHaveLength(20);
    await stand.later(3_600_000);
    expect(stand.seen["db/ConfigMap/out"]).toEqual(first);
    await stand.apply(plug({ config: { v: "2" } }));
    const second = stand.seen["db/ConfigMap/out"] as { readonly [key: string]: string };
    expect(second).toMatchObject({ password: first["password"], v: "2" });
    expect(second["at"]).not.toBe(first["at"]);
  });

  test("a config or result that is nothing but a value that is not there is absent", async () => {
    const printing = (text: string): KubeObject =>
      socket({
        interface: { config: { socket: { v: { default: "d" } } } },
        configTemplate: { v: text },
        resources: [{ template: template("out", { v: "{% .socketConfig.v %}" }) }],
      });
    const stand = await Stand.with(printing("{% .plugData.missing %}"), plug());
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "d" } });
    await stand.apply(printing("not only {% .plugData.missing %}"));
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "not only <no value>" } });
  });

  test("no name, kind, namespace or key is made of a value that is not there", async () => {
    const named = (name: string, data: object): KubeObject =>
      socket({ resources: [{ template: template(name, data) }] });
    const stand = await Stand.with(named("out-{% .plugConfig.missing %}", {}), plug());
    expect(await stand.said()).toMatch(/InvalidInput.*metadata\.name contains \.plugConfig\.missing/);
    await stand.apply(named("out", { v: "{% .plugConfig.missing %}" }));
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "<no value>" } });
    await stand.apply(named("out", { "{% .plugConfig.missing %}": "v" }));
    expect(await stand.said()).toMatch(/InvalidInput.*a key of data contains \.plugConfig\.missing/);
  });

  test("where the socket's interface has a name, printing a value that is not there is an error that names its path", async () => {
    const printing = (text: string): KubeObject =>
      socket({ interface: { name: "postgres" }, resources: [{ template: template("out", { v: text }) }] });
    const stand = await Stand.with(printing("{% .plugConfig.missing %}"), plug());
    expect(await stand.said()).toMatch(/TemplateError.*plugConfig\.missing/);
    await stand.apply(printing("{% .plugConfig.missing | default `d` %}{% if .plugConfig.missing %}x{% end %}"));
    expect(stand.seen).toMatchObject({ "db/ConfigMap/out": { v: "d" } });
  });
});
