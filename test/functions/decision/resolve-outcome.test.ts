import { describe, expect, test } from "@jest/globals";
import type { SideInputs } from "../../../functions/config/resolve-configs.ts";
import { resolveOutcome } from "../../../functions/config/resolve-outcome.ts";
import { valuesOf } from "../../../functions/rendering/values.ts";
import { Budget } from "../../../templates/evaluate/budget.ts";
import { newPlug, socketThere } from "../../crds/decision/situations.ts";

const nothing: SideInputs = {
  data: { configMap: undefined, secret: undefined },
  config: { configMap: undefined, secret: undefined },
  vars: {},
};
const memory = { now: new Date("2026-01-01T12:00:00Z"), seed: "seed", kept: new Map<string, string>() };

interface Given {
  readonly plug?: object;
  readonly socket?: object;
  readonly plugInputs?: Partial<SideInputs>;
  readonly socketInputs?: Partial<SideInputs>;
}

function resolve({ plug = {}, socket = {}, plugInputs = {}, socketInputs = {} }: Given): ReturnType<typeof resolveOutcome> {
  const inputs = { plug: { ...nothing, ...plugInputs }, socket: { ...nothing, ...socketInputs } };
  return resolveOutcome({ plug: newPlug({ spec: plug }), socket: socketThere({ spec: socket }), inputs, memory }, new Budget());
}

type ConfigCase = readonly [claim: string, given: Given, config: object];

const sources = (secret: string, configMap: string): Partial<SideInputs> => ({
  config: { secret: valuesOf({ v: secret }, true), configMap: valuesOf({ v: configMap }, false) },
});
const configs: readonly ConfigCase[] = [
  ["is empty where nobody gives anything", {}, { plug: {}, socket: {} }],
  ["is what is written inline", { plug: { config: { v: "inline" } } }, { plug: { v: { value: "inline", sensitive: false } } }],
  ["from a Secret yields to what is inline", { plug: { config: { v: "inline" } }, plugInputs: { config: { secret: valuesOf({ v: "s" }, true), configMap: undefined } } }, { plug: { v: { value: "inline", sensitive: false } } }],
  ["inline yields to a template", { plug: { config: { v: "inline" }, configTemplate: { v: "templated" } } }, { plug: { v: { value: "templated" } } }],
  ["from a template yields to a ConfigMap", { plug: { configTemplate: { v: "templated" } }, plugInputs: sources("s", "map") }, { plug: { v: { value: "map", sensitive: false } } }],
  ["from a ConfigMap yields to the apparatus", { plugInputs: { ...sources("s", "map"), apparatus: valuesOf({ v: "told" }, true) } }, { plug: { v: { value: "told", sensitive: true } } }],
  ["from a Secret is sensitive", { socketInputs: { config: { secret: valuesOf({ v: "s" }, true), configMap: undefined } } }, { socket: { v: { value: "s", sensitive: true } } }],
  ["that a template made of something sensitive is sensitive", { socket: { configTemplate: { v: "x-{% .vars.pw %}" } }, socketInputs: { vars: valuesOf({ pw: "s" }, true) } }, { socket: { v: { value: "x-s", sensitive: true } } }],
  ["of one side may be made of the other's data", { socket: { configTemplate: { v: "{% .plugData.size %}" } }, plug: { data: { size: "9" } } }, { socket: { v: { value: "9" } } }],
  ["has the default of the interface where it is empty", { plug: { config: { v: "" } }, socket: { interface: { config: { plug: { v: { default: "d" } } } } } }, { plug: { v: { value: "d", sensitive: false } } }],
  ["loses what the interface does not name", { plug: { config: { v: "1", w: "2" } }, socket: { interface: { config: { plug: { v: {} } } } } }, { plug: { v: { value: "1", sensitive: false } }, socket: {} }],
  ["keeps everything of a side without a section", { plug: { config: { w: "2" } }, socket: { interface: { config: { socket: {} } } } }, { plug: { w: { value: "2", sensitive: false } } }],
];

describe("a config", () => {
  test.each(configs)("%s", (_claim, given, config) => {
    expect(resolve(given)).toMatchObject({ kind: "resolved", outcome: { config } });
  });

  test("that lacks what the interface requires names every property, and whose it is", () => {
    const config = { plug: { a: { required: true }, b: { required: true } }, socket: { c: { required: true } } };
    const resolution = resolve({ socket: { interface: { config } } });
    expect(resolution).toMatchObject({ kind: "invalid", said: { reason: "InvalidConfig" } });
    for (const name of ["The plug's config lacks a", "The plug's config lacks b", "The socket's config lacks c"]) expect(JSON.stringify(resolution)).toContain(name);
  });
});

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
type ResourceCase = readonly [claim: string, given: Given, objects: readonly string[]];

const resources: readonly ResourceCase[] = [
  ["are the plug's first, then the socket's, in their order", { plug: { resources: [{ template: map("a") }, { template: map("b") }] }, socket: { resources: [{ template: map("c") }] } }, ["shop/a", "shop/b", "data/c"]],
  [
    "are none of those that created and deleted make",
    {
      plug: {
        resources: [
          { when: ["created"], template: map("a") },
          { when: ["deleted"], template: map("b") },
        ],
      },
    },
    [],
  ],
  ["are those of decoupled, too", { plug: { resources: [{ when: ["decoupled"], template: map("a") }] } }, ["shop/a"]],
  ["are as many as an entry renders", { plug: { resources: [{ templates: [map("a"), map("b")], stringTemplate: "apiVersion: v1\nkind: Secret\nmetadata: {name: c}" }] } }, ["shop/a", "shop/b", "shop/c"]],
  ["are none where a template renders to nothing", { plug: { resources: [{ stringTemplate: "{% if false %}x: y{% end %}" }] } }, []],
  ["are made of both configs", { plug: { config: { n: "p" } }, socket: { config: { n: "s" }, resources: [{ template: map("{% .plugConfig.n %}-{% .socketConfig.n %}") }] } }, ["data/p-s"]],
];

describe("the resources of an outcome", () => {
  test.each(resources)("%s", (_claim, given, objects) => {
    const resolution = resolve(given);
    const made = resolution.kind === "resolved" ? resolution.outcome.resources : [];
    expect(made.map(({ object: { metadata } }) => `${metadata.namespace}/${metadata.name}`)).toEqual(objects);
  });

  test("are the same for the same inputs, also where they are random", () => {
    const given = { plug: { resources: [{ template: map("a", { v: "{% randAlphaNum 20 %}{% now %}" }) }] } };
    expect(resolve(given)).toEqual(resolve(given));
  });

  test.each([
    ["names another namespace", { ...map("a"), metadata: { name: "a", namespace: "data" } }, "may only use the namespace of its owner, shop"],
    ["has no name", { apiVersion: "v1", kind: "ConfigMap", metadata: {} }, "lacks metadata.name"],
    ["has no kind", { apiVersion: "v1", metadata: { name: "a" } }, "lacks apiVersion or kind"],
  ])("are refused where one %s", (_, template, why) => {
    expect(() => resolve({ plug: { resources: [{ template }] } })).toThrow(why);
  });
});

test("an outcome tells as whom each side applies, and its epoch", () => {
  expect(resolve({ plug: { serviceAccountName: "buyer", epoch: "7" } })).toMatchObject({
    outcome: { serviceAccounts: { plug: "buyer", socket: "default" }, epochs: { plug: "7", socket: "" } },
  });
});
