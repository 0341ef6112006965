import type { KubeObject } from "../../../kit/kube/port.ts";
import {
  configMapKey,
  namespace,
  plugKey,
  plugWith,
  secretKey,
  secretTemplate,
  socketKey,
  socketWith,
  template,
} from "../../worlds/manifests.ts";
import { type Act, edit, inNamespace, make, patch, remove, type Spec, together } from "./acts.ts";

/** A life of couplings: after each act the world comes to rest. */
export interface Scenario {
  readonly name: string;
  readonly acts: readonly Act[];
  /** What somebody changes while Plugboard is dead: among others the name of what templates make. Possible at any time, and lasting. */
  readonly change: Act;
}

const value = "{% .plugConfig.name %} {% .plugConfig.value %} {% .socketConfig.host %}";
const rename: Act = edit(plugKey("shop"), { config: { name: "renamed" } });
const config = { name: "first", value: "a" };

/** Everything a life has, on both sides: the scenario that is tried at every single write everywhere. */
export const wholeLife: Scenario = {
  name: "a whole life with resources of every stage on both sides",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        resources: [
          { when: ["created"], template: template("pg-created", { by: "{% .socket.metadata.name %}" }) },
          { template: template("{% .plugConfig.name %}-server", { value }) },
          { when: ["coupled"], template: template("server-coupled", { value }) },
          { when: ["decoupled"], template: template("server-decoupled", { value: "{% .plugConfig.name %}" }) },
          { when: ["deleted"], template: template("pg-deleted", { by: "{% .socket.metadata.name %}" }) },
        ],
      }),
      plugWith("shop", {
        config,
        resources: [
          { when: ["created"], template: template("shop-created", { by: "{% .plug.metadata.name %}" }) },
          { template: template("{% .plugConfig.name %}-client", { value }) },
          { when: ["updated"], template: template("client-updated", { value }) },
          { when: ["decoupled"], template: template("client-decoupled", { value: "{% .plugConfig.name %}" }) },
          { when: ["deleted"], template: template("shop-deleted", { by: "{% .plug.metadata.name %}" }) },
        ],
        resultTemplate: { url: "{% .socketConfig.host %}/{% .plugConfig.name %}" },
        resultResources: [
          { template: secretTemplate("{% .plugConfig.name %}-result", { url: "{% .plugResult.url %}" }) },
        ],
      }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    edit(plugKey("shop"), { config: { name: "second" } }),
    remove(plugKey("shop")),
    remove(socketKey("pg")),
  ],
  change: rename,
};

/** The same in short: what the unit tests try at every single write. */
export const shortLife: Scenario = {
  name: "coupled, updated with an object renamed, deleted",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        resources: [
          { when: ["created"], template: template("pg-created", { by: "{% .socket.metadata.name %}" }) },
          { template: template("{% .plugConfig.name %}-server", { value }) },
        ],
      }),
      plugWith("shop", {
        config,
        resources: [{ when: ["decoupled"], template: template("client-decoupled", { value }) }],
        resultResources: [{ template: secretTemplate("{% .plugConfig.name %}-result", { value }) }],
      }),
    ),
    edit(plugKey("shop"), { config: { name: "second" } }),
    remove(plugKey("shop"), socketKey("pg")),
  ],
  change: rename,
};

const recreated: Scenario = {
  name: "objects made anew at each revision",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        resources: [{ do: "recreate", template: job("{% .plugConfig.name %}-migrate", value) }],
      }),
      plugWith("shop", { config, resources: [{ do: "recreate", template: template("client", { value }) }] }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    edit(plugKey("shop"), { config: { name: "second" } }),
    remove(plugKey("shop")),
  ],
  change: rename,
};

function job(name: string, argument: string): KubeObject {
  const containers = [{ name: "run", image: "tool", args: [argument] }];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { template: { spec: { containers, restartPolicy: "Never" } } },
  };
}

const lingering: Scenario = {
  name: "an object made anew that is slow to go",
  acts: [
    make(
      socketWith("pg", { config: { host: "pg.db" } }),
      plugWith("shop", {
        config,
        resources: [
          {
            do: "recreate",
            template: { ...template("slow", { value }), metadata: { name: "slow", finalizers: ["test.dev/hold"] } },
          },
          { template: template("{% .plugConfig.name %}-client", { value }) },
        ],
      }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    patch(configMapKey("app", "slow"), { metadata: { finalizers: [] } }),
    remove(plugKey("shop")),
    patch(configMapKey("app", "slow"), { metadata: { finalizers: [] } }),
  ],
  change: together(rename, patch(configMapKey("app", "slow"), { metadata: { finalizers: [] } })),
};

const results: Scenario = {
  name: "results that come late, change, and yield objects on both sides",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        interface: { result: { socket: { port: { required: true } } } },
        resultVars: [
          {
            name: "port",
            objref: { apiVersion: "v1", kind: "ConfigMap", name: "made-later" },
            fieldref: { fieldPath: "data.port" },
          },
        ],
        resultTemplate: { port: "{% .resultVars.port %}" },
        resultResources: [
          { template: template("seen-{% .socketResult.port %}", { port: "{% .socketResult.port %}" }) },
        ],
      }),
      plugWith("shop", {
        config,
        resultResources: [
          {
            template: secretTemplate("{% .plugConfig.name %}-credentials", { port: "{% .socketResult.port %}", value }),
          },
        ],
      }),
    ),
    make(inNamespace(template("made-later", { port: "5432" }), "db")),
    make(inNamespace(template("made-later", { port: "6432" }), "db")),
    edit(plugKey("shop"), { config: { value: "b" } }),
    remove(plugKey("shop")),
  ],
  change: together(rename, make(inNamespace(template("made-later", { port: "7432" }), "db"))),
};

/** What `preserveWhenDecoupled` keeps, made by the coupling and by its result. */
export const retained: Scenario = {
  name: "what is to outlive the coupling",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        resources: [{ preserveWhenDecoupled: true, template: template("database", { value }) }],
        resultResources: [{ preserveWhenDecoupled: true, template: secretTemplate("backup", { value }) }],
      }),
      plugWith("shop", { config, resources: [{ template: template("{% .plugConfig.name %}-client", { value }) }] }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    remove(plugKey("shop")),
    make(plugWith("shop", { config: { name: "first", value: "c" } })),
    remove(plugKey("shop")),
  ],
  change: rename,
};

const foreign: Scenario = {
  name: "an object that was there before",
  acts: [
    make(inNamespace(template("theirs", { own: "kept" }), "db"), socketWith("pg", { config: { host: "pg.db" } })),
    together(
      edit(socketKey("pg"), { resources: [{ template: template("theirs", { ours: value }) }] }),
      make(
        plugWith("shop", { config, resources: [{ template: template("{% .plugConfig.name %}-client", { value }) }] }),
      ),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    remove(plugKey("shop")),
  ],
  change: rename,
};

const inputs: Scenario = {
  name: "config from ConfigMaps, Secrets and vars, which change and go first",
  acts: [
    make(
      inNamespace(template("shop-config", { name: "first" }), "app"),
      inNamespace(secretTemplate("pg-secret", { host: "pg.db" }), "db"),
      inNamespace(template("facts", { value: "a" }), "app"),
      socketWith("pg", {
        configSecretName: "pg-secret",
        resources: [{ template: secretTemplate("{% .plugConfig.name %}-server", { value }) }],
      }),
      plugWith("shop", {
        configConfigMapName: "shop-config",
        vars: [
          {
            name: "value",
            objref: { apiVersion: "v1", kind: "ConfigMap", name: "facts" },
            fieldref: { fieldPath: "data.value" },
          },
        ],
        configTemplate: { value: "{% .vars.value %}" },
        resources: [{ template: secretTemplate("{% .plugConfig.name %}-client", { value }) }],
      }),
    ),
    make(inNamespace(template("facts", { value: "b" }), "app")),
    make(inNamespace(secretTemplate("pg-secret", { host: "pg2.db" }), "db")),
    remove(secretKey("db", "pg-secret"), configMapKey("app", "facts"), configMapKey("app", "shop-config")),
    remove(plugKey("shop")),
    remove(socketKey("pg")),
  ],
  change: make(inNamespace(template("shop-config", { name: "renamed" }), "app")),
};

const server = (host: string): Spec => ({
  config: { host },
  resources: [
    { template: template("{% .plugConfig.name %}-on-{% .socketConfig.host %}", { value }) },
    { when: ["decoupled"], template: template("left-{% .plugConfig.name %}-{% .socketConfig.host %}", { value }) },
  ],
});
const client: Spec = { config, resources: [{ template: template("{% .plugConfig.name %}-client", { value }) }] };

const repointed: Scenario = {
  name: "a plug pointed at another socket",
  acts: [
    make(socketWith("pg", server("old")), socketWith("pg2", server("new")), plugWith("shop", client)),
    edit(plugKey("shop"), { socket: { name: "pg2" } }),
    edit(plugKey("shop"), { socket: { name: "pg" } }),
    remove(plugKey("shop")),
    remove(socketKey("pg"), socketKey("pg2")),
  ],
  change: rename,
};

const remade: Scenario = {
  name: "a socket deleted and made again",
  acts: [
    make(socketWith("pg", server("old")), plugWith("shop", client)),
    remove(socketKey("pg")),
    make(socketWith("pg", server("new"))),
    remove(socketKey("pg"), plugKey("shop")),
  ],
  change: rename,
};

const late: Scenario = {
  name: "a plug that comes before its socket and goes while half coupled",
  acts: [
    make(plugWith("shop", client)),
    make(socketWith("pg", server("old"))),
    together(edit(plugKey("shop"), { config: { value: "b" } }), remove(plugKey("shop"))),
    together(make(plugWith("shop", client)), remove(socketKey("pg"))),
    remove(plugKey("shop")),
  ],
  change: rename,
};

const limited: Scenario = {
  name: "three plugs for the one place of a socket",
  acts: [
    make(socketWith("pg", { ...server("old"), limit: 1 }), plugWith("shop", client)),
    ...["blog", "wiki"].map((name) => make(plugWith(name, { ...client, config: { name, value: "a" } }))),
    remove(plugKey("shop")),
    edit(socketKey("pg"), { limit: 2 }),
    remove(plugKey("blog"), plugKey("wiki"), socketKey("pg")),
  ],
  change: together(rename, edit(plugKey("blog"), { config: { name: "renamed-blog" } })),
};

const denied: Scenario = {
  name: "a namespace let in, then refused, then let in again",
  acts: [
    make(socketWith("pg", { ...server("old"), validation: { namespaceWhitelist: ["app"] } }), plugWith("shop", client)),
    edit(socketKey("pg"), { validation: { namespaceWhitelist: ["other"] } }),
    edit(socketKey("pg"), { validation: { namespaceWhitelist: ["app"] } }),
    remove(plugKey("shop"), socketKey("pg")),
  ],
  change: rename,
};

const paused: Scenario = {
  name: "a plug paused, changed, and let go on",
  acts: [
    make(socketWith("pg", server("old")), plugWith("shop", client)),
    patch(plugKey("shop"), { metadata: { annotations: { "integration.rock8s.com/paused": "true" } } }),
    edit(plugKey("shop"), { config: { value: "b" } }),
    patch(plugKey("shop"), { metadata: { annotations: { "integration.rock8s.com/paused": null } } }),
    remove(plugKey("shop"), socketKey("pg")),
  ],
  change: rename,
};

const drifted: Scenario = {
  name: "objects that somebody changes and deletes",
  acts: [
    make(
      socketWith("pg", server("old")),
      plugWith("shop", {
        ...client,
        resultResources: [{ template: template("{% .plugConfig.name %}-result", { value }) }],
      }),
    ),
    patch(configMapKey("app", "first-client"), { data: { value: "theirs" } }),
    remove(configMapKey("app", "first-client"), configMapKey("db", "first-on-old")),
    patch(configMapKey("app", "first-result"), { data: { value: "theirs" } }),
    remove(plugKey("shop"), socketKey("pg")),
  ],
  change: rename,
};

const invalid: Scenario = {
  name: "a config that becomes invalid, and templates that break",
  acts: [
    make(
      socketWith("pg", {
        ...server("old"),
        interface: { config: { plug: { name: { required: true }, value: {} }, socket: { host: {} } } },
      }),
      plugWith("shop", client),
    ),
    edit(plugKey("shop"), { config: { name: "", value: "b" } }),
    edit(plugKey("shop"), { config: { name: "third" } }),
    edit(socketKey("pg"), {
      missingValues: "error",
      resources: [{ template: template("broken", { value: "{% .plugConfig.nothing %}" }) }],
    }),
    remove(plugKey("shop"), socketKey("pg")),
  ],
  change: edit(socketKey("pg"), { config: { host: "changed" } }),
};

/** Keys and passwords on both sides. */
export const generated: Scenario = {
  name: "passwords and keys that templates make",
  acts: [
    make(
      socketWith("pg", {
        config: { host: "pg.db" },
        configTemplate: { password: "{% randAlphaNum 24 %}" },
        resources: [{ template: made("{% .plugConfig.name %}-server", { password: "{% .socketConfig.password %}" }) }],
      }),
      plugWith("shop", {
        config,
        resources: [
          { template: made("{% .plugConfig.name %}-client", { password: "{% .socketConfig.password %}" }) },
          { template: made("client-key", { key: '{% genPrivateKey "ecdsa" %}' }) },
        ],
        resultResources: [{ template: made("result-key", { key: '{% genPrivateKey "ecdsa" %}' }) }],
      }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    edit(plugKey("shop"), { config: { name: "second" } }),
    remove(plugKey("shop")),
    remove(socketKey("pg")),
  ],
  change: rename,
};

const generatedResults: Scenario = {
  name: "keys that only results make",
  acts: [
    make(
      socketWith("pg", { config: { host: "pg.db" } }),
      socketWith("pg2", { config: { host: "pg2.db" } }),
      plugWith("shop", {
        config,
        resultResources: [{ template: made("{% .plugConfig.name %}-key", { key: '{% genPrivateKey "ecdsa" %}' }) }],
      }),
    ),
    edit(plugKey("shop"), { config: { value: "b" } }),
    edit(plugKey("shop"), { socket: { name: "pg2" } }),
    remove(plugKey("shop")),
    remove(socketKey("pg"), socketKey("pg2")),
  ],
  change: rename,
};

function made(name: string, data: { readonly [key: string]: string }): KubeObject {
  const object = template(name, data);
  return { ...object, metadata: { ...object.metadata, labels: { generated: "true" } } };
}

const ending: Scenario = {
  name: "a namespace that ends with its plug in it",
  acts: [
    make(namespace("shops"), socketWith("pg", server("old")), plugWith("shop", client, "shops")),
    remove({ apiVersion: "v1", kind: "Namespace", name: "shops" }),
    remove(socketKey("pg")),
  ],
  change: edit(plugKey("shop", "shops"), { config: { name: "renamed" } }),
};

/** Every scenario that is disturbed in every way. */
export const scenarios: readonly Scenario[] = [
  wholeLife,
  recreated,
  lingering,
  results,
  retained,
  foreign,
  inputs,
  repointed,
  remade,
  late,
  limited,
  denied,
  paused,
  drifted,
  invalid,
  generated,
  generatedResults,
  ending,
];
