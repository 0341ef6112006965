import { expect } from "@jest/globals";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import { configMap, plugKey, secret, secretTemplate, socketKey, template } from "../../../worlds/manifests.ts";
import { type Life, marker, type Scenario } from "../life.ts";
import { dataOf, gone, plugIn, says, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";
import { crd } from "./staying.ts";

/** So few requests in half an hour of doing nothing: what is final is not tried again, what is not is backed off to five minutes. */
const few = { final: 12, retried: 80 };

interface Bad {
  readonly name: string;
  readonly objects: (life: Life) => readonly KubeObject[];
  readonly says: readonly string[];
  readonly reason: RegExp;
  readonly costs: keyof typeof few;
  /** Whether anything may have been applied: a step that the API server refuses comes after others. */
  readonly half?: boolean;
}

const withResource = (resource: object) => (life: Life) => colors(life, {}, { resources: [resource] });

const bad: readonly Bad[] = [
  {
    name: "a resource without a kind",
    objects: withResource({ template: { apiVersion: "v1", metadata: { name: "x" } } }),
    says: ["socket spec.resources[0]", "kind"],
    reason: /InvalidInput/,
    costs: "final",
  },
  {
    name: "a resource without a name",
    objects: withResource({ template: { apiVersion: "v1", kind: "ConfigMap" } }),
    says: ["socket spec.resources[0]", "metadata.name"],
    reason: /InvalidInput/,
    costs: "final",
  },
  {
    name: "a text that is no YAML",
    objects: withResource({ stringTemplate: "a: [b\nc: d" }),
    says: ["socket spec.resources[0]"],
    reason: /TemplateError|InvalidInput/,
    costs: "final",
  },
  {
    name: "a text that renders to a list",
    objects: withResource({ stringTemplate: "- a\n- b" }),
    says: ["socket spec.resources[0]", "list"],
    reason: /InvalidInput/,
    costs: "final",
  },
  {
    name: "a template that does not parse",
    objects: withResource({ stringTemplate: "a: {% if %}" }),
    says: ["socket spec.resources[0]", "line 1"],
    reason: /TemplateError/,
    costs: "final",
  },
  {
    name: "a template that prints what is not there, where that is refused",
    objects: (life) =>
      colors(
        life,
        {},
        { missingValues: "error", resources: [{ template: template("x", { a: "{% .plugConfig.nothing %}" }) }] },
      ),
    says: ["socket spec.resources[0]", "plugConfig.nothing"],
    reason: /TemplateError/,
    costs: "final",
  },
  {
    name: "a config template that prints what is not there, where that is refused",
    objects: (life) => colors(life, { missingValues: "error", configTemplate: { color: "{% .plugData.nothing %}" } }),
    says: ["plug spec.configTemplate.color", "plugData.nothing"],
    reason: /TemplateError/,
    costs: "final",
  },
  {
    name: "a manifest that the API server refuses",
    objects: withResource({
      template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web-bad" }, data: { a: ["b"] } },
    }),
    says: ["web-bad", "data"],
    reason: /Rejected/,
    costs: "retried",
    half: true,
  },
  {
    name: "a manifest with a name that cannot be",
    objects: withResource({ template: template("Not_A_Name", { a: "b" }) }),
    says: ["Not_A_Name"],
    reason: /Rejected/,
    costs: "retried",
    half: true,
  },
  {
    name: "a Secret that is not there",
    objects: (life) => colors(life, { configSecretName: "nowhere" }),
    says: ["Secret", "nowhere"],
    reason: /InvalidConfig/,
    costs: "final",
  },
  {
    name: "a var of a kind that nobody serves",
    objects: (life) =>
      colors(life, { vars: [{ name: "x", objref: { apiVersion: "example.com/v1", kind: "Gadget", name: "g" } }] }),
    says: ["Gadget", "example.com/v1"],
    reason: /KindNotServed/,
    costs: "retried",
  },
  {
    name: "a var that reads another namespace",
    objects: (life) =>
      colors(life, {
        vars: [{ name: "x", objref: { apiVersion: "v1", kind: "Secret", name: "g", namespace: "kube-system" } }],
      }),
    says: ["plug spec.vars[0]", "kube-system"],
    reason: /InvalidInput/,
    costs: "final",
  },
  {
    name: "an error in a result template",
    objects: (life) =>
      colors(life, {}, { missingValues: "error", resultTemplate: { url: "{% .plugConfig.nothing %}" } }),
    says: ["socket spec.resultTemplate.url", "nothing"],
    reason: /TemplateError/,
    costs: "final",
    half: true,
  },
  {
    name: "an error in a resource of created",
    objects: (life) =>
      colors(
        life,
        {},
        {
          missingValues: "error",
          resources: [{ when: ["created"], template: template("x", { a: "{% .socket.spec.nothing %}" }) }],
        },
      ),
    says: ["is not ready yet", "socket spec.resources[0]"],
    reason: /SocketNotCreated/,
    costs: "final",
  },
];

function endsSaid({ name, objects, says: words, reason, costs, half = false }: Bad): Scenario {
  return {
    name: `${name} ends in a condition that says what and where, and nothing is half applied`,
    async live(life) {
      await life.apply(...objects(life));
      const held = await untilReadySays(life, words[0] ?? "");
      const sentence = says(held, "Ready");
      expect(sentence).toMatch(reason);
      for (const word of words) expect(sentence).toContain(word);
      expect(held.status?.stage).toBeUndefined();
      if (!half) {
        expect(held.status?.coupledSocket).toBeUndefined();
        expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      }
      const requests = await life.requestsDuring(30);
      if (requests !== undefined) expect(requests).toBeLessThanOrEqual(few[costs]);
    },
  };
}

/** Nearly a mebibyte that no compression makes small. */
function bulk(seed: number): string {
  let state = seed;
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
  return Array.from({ length: 900_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return letters[state >>> 26];
  }).join("");
}

/** What people get wrong, and what they are told. */
export const badInput: readonly Scenario[] = [
  ...bad.map(endsSaid),
  {
    name: "two mebibytes of config are too large before anything is performed",
    async live(life) {
      await life.apply(
        configMap(life.app, "one", { first: bulk(1) }),
        secret(life.app, "two", { second: bulk(2) }),
        configMap(life.db, "three", { third: bulk(3) }),
        plug(life, {
          configConfigMapName: "one",
          configSecretName: "two",
          resources: [{ template: template("web-plug", { a: "b" }) }],
        }),
        socket(life, { configConfigMapName: "three" }),
      );
      const held = await untilReadySays(life, "TooLarge");
      expect(says(held, "Ready")).toMatch(/MB/);
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      const requests = await life.requestsDuring(30);
      if (requests !== undefined) expect(requests).toBeLessThanOrEqual(few.final);
    },
  },
  {
    name: "a kind that nobody serves is waited for by name, and the plug couples when its CRD comes",
    async live(life) {
      const kind = crd(life);
      const widget = {
        apiVersion: `${kind.spec.group}/v1`,
        kind: "Widget",
        metadata: { name: "web-widget" },
        spec: { color: "red" },
      };
      await life.apply(...colors(life, {}, { resources: [{ template: widget }] }));
      const held = await untilReadySays(life, "Widget");
      expect(says(held, "Ready")).toMatch(/KindNotServed/);
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      const requests = await life.requestsDuring(30);
      if (requests !== undefined) expect(requests).toBeLessThanOrEqual(few.retried);
      await life.apply(kind);
      await untilCoupled(life);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.kube.delete({ apiVersion: kind.apiVersion, kind: kind.kind, name: kind.metadata.name });
    },
  },
  {
    name: "what was wrong is tried again once it is mended",
    async live(life) {
      await life.apply(
        ...colors(
          life,
          {},
          { missingValues: "error", resources: [{ template: template("x", { a: "{% .plugConfig.nothing %}" }) }] },
        ),
      );
      await untilReadySays(life, "nothing");
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { nothing: "something" } } });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "x")).toEqual({ a: "something" });
    },
  },
  {
    name: "a failure that an edit ended is no longer told of where the plug then waits",
    async live(life) {
      const broken = { vars: [{ name: "x", objref: { apiVersion: "example.com/v1", kind: "Gadget", name: "g" } }] };
      const [failing, socket] = colors(life, broken);
      await life.apply(failing, socket);
      expect(says(await untilReadySays(life, "Gadget"), "Failed")).toMatch(/^True/);
      await life.apply(colors(life, { socket: { name: "none", namespace: life.db } })[0]);
      const waiting = await untilReadySays(life, `Socket ${life.db}/none does not exist`);
      expect(says(waiting, "Failed")).toMatch(/^False/);
      expect(waiting.status?.failure).toBeUndefined();
    },
  },
  {
    name: "what the API server says of a Secret it refuses tells no secret",
    async live(life) {
      const refused = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "web-login" },
        data: { password: "{% .socketConfig.password %}" },
      };
      await life.apply(
        secret(life.db, "login", { password: marker }),
        plug(life, { resources: [{ template: refused }, { template: secretTemplate("web-other", { a: "b" }) }] }),
        socket(life, { configSecretName: "login" }),
      );
      const held = await untilReadySays(life, "web-login");
      expect(says(held, "Ready")).toMatch(/Rejected/);
      expect(JSON.stringify(held)).not.toContain(marker);
    },
  },
  {
    name: "a label that is made of a secret and refused tells no secret",
    async live(life) {
      const labelled = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "web-login", labels: { a: "{% .socketConfig.password %}!" } },
      };
      await life.apply(
        secret(life.db, "login", { password: marker }),
        plug(life, { resources: [{ template: labelled }] }),
        socket(life, { configSecretName: "login" }),
      );
      await untilReadySays(life, "web-login");
      expect((await plugIn(life)).status?.performed).toBeUndefined();
    },
  },
  {
    name: "a sensitive value that its interface refuses is named, not told",
    async live(life) {
      await life.apply(
        secret(life.app, "login", { password: marker }),
        plug(life, { configSecretName: "login" }),
        socket(life, { interface: { config: { plug: { password: { required: true, type: "integer" } } } } }),
      );
      const held = await untilReadySays(life, "password");
      expect(says(held, "Ready")).toMatch(/InvalidConfig/);
    },
  },
  {
    name: "a template error at a sensitive value tells no secret",
    async live(life) {
      await life.apply(
        secret(life.app, "login", { password: marker }),
        plug(life, { configSecretName: "login" }),
        socket(life, {
          resources: [{ template: secretTemplate("x", { a: '{% index .plugConfig.password "no" %}' }) }],
        }),
      );
      await untilReadySays(life, "TemplateError");
    },
  },
  {
    name: "a socket's broken spec is told to those who wait for it, and a mended one lets them in",
    async live(life) {
      const entry = { when: ["created"], template: template("db-made", { a: "{% .socket.spec.nothing %}" }) };
      await life.apply(...colors(life, {}, { missingValues: "error", resources: [entry] }));
      await untilReadySays(life, "is not ready yet");
      await life.kube.patch(socketKey("db", life.db), {
        spec: { resources: [{ when: ["created"], template: template("db-made", { a: "b" }) }] },
      });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "db-made")).toEqual({ a: "b" });
    },
  },
];
