import { expect } from "@jest/globals";
import { KindNotServed, Throttled } from "../../../../kit/errors.ts";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import {
  configMapKey,
  jobKey,
  jobTemplate,
  plugKey,
  secretKey,
  socketKey,
  template,
} from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, plugIn, says, socketIn, there, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";
import { crd } from "./staying.ts";

/** A Widget of a kind that only this life knows, as it is in the cluster. */
async function widgetIn(life: Life, name: string): Promise<KubeObject> {
  return there(life, { apiVersion: `${crd(life).spec.group}/v1`, kind: "Widget", namespace: life.app, name });
}

function widgetTemplate(life: Life, name: string, spec: object): object {
  return { apiVersion: `${crd(life).spec.group}/v1`, kind: "Widget", metadata: { name }, spec };
}

async function isServed({ kube }: Life, group: string): Promise<boolean> {
  try {
    await kube.list({ apiVersion: `${group}/v1`, kind: "Widget" });
    return true;
  } catch (error) {
    if (error instanceof KindNotServed || error instanceof Throttled) return false;
    throw error;
  }
}

/** What becomes of numbers, bytes and values that are not there between where they stand and what is applied. */
export const values: readonly Scenario[] = [
  {
    name: "whole numbers of 64 bits keep every digit on the way",
    async live(life) {
      const kind = crd(life);
      await life.apply(kind);
      await life.until("Widgets served", async () => isServed(life, kind.spec.group));
      const source = {
        ...widgetTemplate(life, "source", { id: 9007199254740993n, ids: [{ id: 1234567890123456789n }] }),
      };
      await life.apply({ ...(source as KubeObject), metadata: { name: "source", namespace: life.app } });
      const read = (name: string, fieldPath: string): object => ({
        name,
        objref: { apiVersion: `${kind.spec.group}/v1`, kind: "Widget", name: "source" },
        fieldref: { fieldPath },
      });
      const text = [
        `apiVersion: ${kind.spec.group}/v1`,
        "kind: Widget",
        "metadata: {name: text}",
        "spec:",
        "  literal: 9007199254740993",
        "  octal: 0777777777777777777777",
        "  given: {% .plugConfig.id %}",
        "  most: {% .plugConfig.most %}",
        "  read: {% .plugConfig.read %}",
        "  field: {% (fromJson .plugConfig.all).id %}",
        "  all: {% .plugConfig.all | fromJson | toJson %}",
        "  yaml:",
        "    {%- .plugConfig.all | fromJson | toYaml | nindent 4 %}",
        "  sum: {% add .plugConfig.id 2 %}",
        "  plug: {% (index .plug.spec.resources 0).template.spec.literal %}",
        "",
      ].join("\n");
      await life.apply(
        ...colors(life, {
          config: { color: "red", id: "9007199254740995", most: "9223372036854775807" },
          vars: [read("id", "spec.id"), read("all", "spec"), read("found", "spec.ids.#(id==1234567890123456789).id")],
          configTemplate: { read: "{% .vars.id %}", all: "{% .vars.all %}", found: "{% .vars.found %}" },
          resources: [
            {
              template: widgetTemplate(life, "object", {
                literal: 9007199254740997n,
                found: "{% .plugConfig.found %}",
              }),
            },
            { stringTemplate: text },
          ],
        }),
      );
      await untilCoupled(life);
      expect((await widgetIn(life, "object"))["spec"]).toEqual({
        literal: 9007199254740997n,
        found: "1234567890123456789",
      });
      const all = { id: 9007199254740993n, ids: [{ id: 1234567890123456789n }] };
      expect((await widgetIn(life, "text"))["spec"]).toEqual({
        literal: 9007199254740993n,
        octal: 9223372036854775807n,
        given: 9007199254740995n,
        most: 9223372036854775807n,
        read: 9007199254740993n,
        field: 9007199254740993n,
        all,
        yaml: all,
        sum: 9007199254740997n,
        plug: 9007199254740997n,
      });
    },
  },
  {
    name: "a socket that prints keys which its interface does not name couples and decouples, and is told of it once",
    async live(life) {
      const couple = jobTemplate(
        "make-{% .plug.metadata.name %}",
        'if [ "{% .plugConfig.make %}" != "0" ]; then make; fi',
      );
      const drop = jobTemplate("drop-{% .plug.metadata.name %}", "{% if not .plugConfig.preserve %}drop {% end %}done");
      await life.apply(
        plug(life, { config: { color: "red", make: "1" } }),
        socket(life, {
          interface: { config: { plug: { color: { required: true }, preserve: {} } } },
          resources: [
            { when: ["coupled", "updated"], do: "recreate", template: couple },
            { when: ["decoupled"], do: "recreate", template: drop },
          ],
        }),
      );
      await untilCoupled(life);
      expect(argumentsOf(await there(life, jobKey(life.db, "make-web")))).toEqual([
        'if [ "<no value>" != "0" ]; then make; fi',
      ]);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilCoupled(life);
      await life.again();
      const told = await warnings(life, "MissingValue");
      expect(told).toEqual([
        `Socket db: ${firstWord}: .plugConfig.make has no value; the template continues without it (missingValues: error refuses this). The socket's interface does not name plugConfig.make, so the value given for it is dropped. Add it to spec.interface of the socket.`,
      ]);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(argumentsOf(await there(life, jobKey(life.db, "drop-web")))).toEqual(["drop done"]);
      await life.kube.delete(jobKey(life.db, "drop-web"));
    },
  },
  {
    name: "a config or result that is nothing but a value that is not there takes its default, or is missing",
    async live(life) {
      const absent = { size: "{% .plugData.size %}", zone: "{% .plugData.zone %}" };
      await life.apply(
        ...colors(
          life,
          {
            config: {},
            configTemplate: { ...absent, color: "{% .plugData.color %}" },
            resources: [{ template: template("seen", { "{% .plug.metadata.name %}": "{% toJson .plugConfig %}" }) }],
          },
          {
            interface: {
              config: { plug: { color: { required: true }, size: { default: "small" }, zone: {} } },
              result: { socket: { url: {}, port: { default: "1" } } },
            },
            resultTemplate: { url: "{% .plugConfig.zone %}", port: "{% .plugConfig.nothing %}" },
          },
        ),
      );
      const waiting = await untilReadySays(life, "InvalidConfig");
      expect(says(waiting, "Ready")).toMatch(/plug's config lacks color/);
      await life.kube.patch(plugKey("web", life.app), { spec: { data: { color: "red" } } });
      const { status } = await untilCoupled(life);
      expect(await dataOf(life, life.app, "seen")).toEqual({ web: '{"color":"red","size":"small"}' });
      expect(status?.coupledResult?.socket).toEqual({ port: "1" });
    },
  },
  {
    name: "where the socket's interface has a name a value that is not there is an error, unless it says otherwise",
    async live(life) {
      const named = { interface: { name: "postgres", version: "1.0.0" } };
      const resources = [{ template: template("web-socket", { color: "{% .plugConfig.nothing %}" }) }];
      await life.apply(...colors(life, {}, { ...named, resources }));
      const failed = await untilReadySays(life, "TemplateError");
      expect(says(failed, "Ready")).toContain(".plugConfig.nothing has no value");
      await life.kube.patch(socketKey("db", life.db), { spec: { missingValues: "print" } });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "<no value>" });
    },
  },
  ...(
    [
      ["a name", template("x-{% .plugConfig.nothing %}", {}), "metadata.name contains .plugConfig.nothing"],
      ["a key", template("x", { "{% .plugConfig.nothing %}": "a" }), "a key of data contains .plugConfig.nothing"],
      ["a kind", { ...template("x", {}), kind: "{% .plugConfig.nothing %}" }, "kind contains .plugConfig.nothing"],
    ] as const
  ).map(
    ([what, resource, message]): Scenario => ({
      name: `${what} is never made of a value that is not there`,
      async live(life) {
        await life.apply(...colors(life, {}, { resources: [{ template: resource }] }));
        const failed = await untilReadySays(life, "InvalidInput");
        expect(says(failed, "Ready")).toContain(message);
        expect(says(failed, "Ready")).toContain("socket spec.resources[0].template");
        await life.kube.patch(plugKey("web", life.app), { spec: { config: { nothing: "x" } } });
        await life.kube.patch(socketKey("db", life.db), { spec: { resources: [] } });
        await untilCoupled(life);
      },
    }),
  ),
  {
    name: "bytes of a Secret come out as they went in, through config, data, vars, results and updates",
    async live(life) {
      const secretOf = (namespace: string, name: string, data: object): KubeObject => ({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace, name },
        data,
      });
      const copy = (name: string, value: string): object => ({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name },
        stringData: { raw: value, "with-text": `a${value}b` },
        data: { encoded: value.replace("%}", "| b64enc %}") },
      });
      const text = [
        "apiVersion: v1",
        "kind: Secret",
        "metadata: {name: copy-text}",
        "data: {a: '{% index .plugConfig \"store.jks\" | b64enc %}'}",
        'stringData: {b: {% index .plugConfig "store.jks" %}, c: "{% index .plugConfig "store.jks" | quote %}"}',
      ].join("\n");
      await life.apply(
        secretOf(life.app, "store", { "store.jks": jks, password: base64("s3cret") }),
        secretOf(life.db, "certificate", { der: jks }),
        plug(life, {
          configSecretName: "store",
          dataSecretName: "store",
          vars: [
            {
              name: "jks",
              objref: { apiVersion: "v1", kind: "Secret", name: "store" },
              fieldref: { fieldPath: "data.store\\.jks" },
            },
          ],
          configTemplate: { decoded: "{% .vars.jks | b64dec %}", data: '{% index .plugData "store.jks" %}' },
          resources: [
            { template: copy("copy-decoded", "{% .plugConfig.decoded %}") },
            { template: copy("copy-data", "{% .plugConfig.data %}") },
            { stringTemplate: text },
          ],
          resultResources: [{ template: copy("copy-result", "{% .socketResult.der %}") }],
        }),
        socket(life, {
          resources: [{ template: copy("copy-other", '{% index .plugConfig "store.jks" %}') }],
          resultSecretName: "certificate",
        }),
      );
      const { status } = await untilCoupled(life);
      expect(status?.coupledResult?.socket).toEqual({ der: "(sensitive)" });
      const copied = { raw: jks, encoded: jks, "with-text": around("a", jks, "b") };
      const allCopied = async (): Promise<void> => {
        for (const name of ["copy-decoded", "copy-data", "copy-result"])
          expect((await there(life, secretKey(life.app, name)))["data"]).toEqual(copied);
        expect((await there(life, secretKey(life.db, "copy-other")))["data"]).toEqual(copied);
        const { a, b } = (await there(life, secretKey(life.app, "copy-text")))["data"] as { a: string; b: string };
        expect({ a, b }).toEqual({ a: jks, b: jks });
      };
      await allCopied();
      // Somebody damages a copy: it is put back from the snapshot.
      await life.kube.patch(secretKey(life.app, "copy-data"), { data: { raw: base64("other") } });
      await life.until("the copy put back", async () => {
        const { raw } = (await there(life, secretKey(life.app, "copy-data")))["data"] as { raw: string };
        return raw === jks;
      });
      await allCopied();
      expect(await warnings(life, "NotText")).toEqual([]);
    },
  },
  {
    name: "bytes that are no text are refused where only text can be, and named by their Secret and key",
    async live(life) {
      await life.apply(
        { apiVersion: "v1", kind: "Secret", metadata: { namespace: life.app, name: "store" }, data: { jks } },
        plug(life, {
          configSecretName: "store",
          resources: [{ template: template("copy", { jks: "{% .plugConfig.jks %}" }) }],
        }),
        socket(life),
      );
      const refused = await untilReadySays(life, "InvalidInput");
      expect(says(refused, "Ready")).toContain(
        `plug spec.resources[0]: the ConfigMap copy has bytes of Secret ${life.app}/store, key jks: data.jks has bytes that are not text`,
      );
      const encoded = { resources: [{ template: template("copy", { jks: "{% .plugConfig.jks | b64enc %}" }) }] };
      await life.kube.patch(plugKey("web", life.app), { spec: encoded });
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "copy")).toEqual({ jks });
      const shown = { interface: { result: { plug: { jks: { sensitive: false } } } } };
      await life.kube.patch(socketKey("db", life.db), { spec: shown });
      await life.kube.patch(plugKey("web", life.app), { spec: { resultTemplate: { jks: "{% .plugConfig.jks %}" } } });
      const notShown = await untilReadySays(life, "InvalidInput");
      expect(says(notShown, "Ready")).toContain(
        `the plug's result jks has bytes that are not text (UTF-8), from Secret ${life.app}/store, key jks`,
      );
      await life.kube.patch(socketKey("db", life.db), {
        spec: { interface: { result: { plug: { jks: { sensitive: true } } } } },
      });
      const { status } = await untilCoupled(life);
      expect(status?.coupledResult?.plug).toEqual({ jks: "(sensitive)" });
    },
  },
  {
    name: "an object pasted from a cluster is applied without what only the API server sets, and its owner is told",
    async live(life) {
      const pasted = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: "pasted",
          creationTimestamp: "2023-05-01T10:00:00Z",
          resourceVersion: "123456",
          uid: "11111111-2222-4333-8444-555555555555",
          generation: 3,
          selfLink: "/api/v1/x",
          annotations: null,
          managedFields: [
            { manager: "kubectl", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} },
          ],
        },
        data: { a: "b", gone: null },
      };
      await life.apply(...colors(life, { resources: [{ template: pasted }] }));
      await untilCoupled(life);
      const { metadata, ...found } = await there(life, configMapKey(life.app, "pasted"));
      expect(found["data"]).toEqual({ a: "b", gone: "" });
      expect(metadata.uid).not.toBe(pasted.metadata.uid);
      expect(await warnings(life, "ServerSetFields")).toEqual([
        "Plug web: plug spec.resources[0]: ConfigMap pasted contains metadata.uid, metadata.resourceVersion, metadata.generation, metadata.creationTimestamp, metadata.managedFields, metadata.selfLink. Only the API server sets these fields, so Plugboard leaves them out. Remove them from the template.",
      ]);
    },
  },
  ...(
    [
      ["a number", "8080", "has the number 8080 as metadata.name, but a name must be text. Put it between quotes"],
      ["a boolean", "yes", "has the boolean true as metadata.name, but a name must be text. Put it between quotes"],
    ] as const
  ).map(
    ([what, name, message]): Scenario => ({
      name: `a name that YAML takes for ${what} is said to be one, and how to write it`,
      async live(life) {
        const text = (quote: string): string =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${quote}{% .plugConfig.color %}${quote}}\ndata: {a: b}`;
        await life.apply(...colors(life, { config: { color: name }, resources: [{ stringTemplate: text("") }] }));
        const refused = await untilReadySays(life, "InvalidInput");
        expect(says(refused, "Ready")).toContain(`plug spec.resources[0]: the rendered ConfigMap ${message}`);
        await life.kube.patch(plugKey("web", life.app), { spec: { resources: [{ stringTemplate: text('"') }] } });
        await untilCoupled(life);
        expect(await dataOf(life, life.app, name)).toEqual({ a: "b" });
      },
    }),
  ),
  {
    name: "what the API server refuses is named by kind, namespace and name, whatever words its message has",
    async live(life) {
      const text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: version}\ndata:\n  PORT: {% .socketConfig.color %}\n";
      await life.apply(...colors(life, { resources: [{ stringTemplate: text }] }, { config: { color: "5432" } }));
      const refused = await untilReadySays(life, "Rejected");
      expect(says(refused, "Ready")).toContain(`ConfigMap ${life.app}/version`);
    },
  },
  {
    name: "a socket whose templates do not parse takes no new plugs, and keeps those it has",
    async live(life) {
      const [web, db] = colors(life);
      await life.apply(web, db);
      const before = await untilCoupled(life);
      const broken = { resultTemplate: { url: "http://{% if %}" } };
      await life.kube.patch(socketKey("db", life.db), { spec: broken });
      await life.rest();
      await life.apply({ ...web, metadata: { ...web.metadata, name: "late" } });
      const late = await untilReadySays(life, "TemplateError", "late");
      const { namespace, name } = db.metadata;
      expect(says(late, "Ready")).toContain(
        `Socket ${namespace}/${name} takes no new plugs until its templates are corrected: socket spec.resultTemplate.url, line 1`,
      );
      expect(late.status?.coupledSocket).toBeUndefined();
      expect(await dataOf(life, life.db, "late-socket")).toBeUndefined();
      expect(says(await socketIn(life), "Ready")).toMatch(/^False TemplateError: spec\.resultTemplate\.url/);
      const held = await plugIn(life);
      expect(says(held, "Coupled")).toMatch(/^True/);
      expect(held.status?.coupledSocket).toEqual(before.status?.coupledSocket);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
      await life.kube.patch(socketKey("db", life.db), { spec: { resultTemplate: { url: "http://db" } } });
      await untilCoupled(life, "late");
      const { status } = await untilCoupled(life);
      expect(status?.coupledResult?.socket).toEqual({ url: "http://db" });
    },
  },
  {
    name: "a socket is told of keys that its templates read and its interface does not name, before any plug comes",
    async live(life) {
      await life.apply(
        socket(life, {
          interface: { config: { plug: { database: {} } }, result: { socket: {} } },
          config: { host: "db" },
          resultTemplate: { url: "{% .plugConfig.host %}/{% .plugConfig.database %}" },
          resources: [
            {
              template: template("a", { b: "{% .plugConfig.database %}{% .socketConfig.any %}{% .plugConfig.make %}" }),
            },
            { when: ["decoupled"], do: "delete", stringTemplate: 'x: {% index .plugConfig "make" %}' },
          ],
          resultResources: [{ template: template("c", { d: "{% .result.url %}" }) }],
        }),
      );
      await life.until("warned", async () => (await warnings(life, "UnnamedKey")).length >= 3);
      await life.again();
      const remedy =
        "does not name it, so it never has a value. Name it in the interface, or remove it from the template.";
      expect(await warnings(life, "UnnamedKey")).toEqual([
        `Socket db: The template socket spec.resources[0].template.data.b (and 1 more) reads plugConfig.make. spec.interface.config.plug ${remedy}`,
        `Socket db: The template socket spec.resultResources[0].template.data.d reads result.url. spec.interface.result.socket ${remedy}`,
        `Socket db: The template socket spec.resultTemplate.url reads plugConfig.host. spec.interface.config.plug ${remedy}`,
      ]);
    },
  },
];

/** The beginning of a Java key store: no UTF-8. */
const jks = "/u3+7QAAAAIAAAABAAAAAQ==";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function around(before: string, encoded: string, after: string): string {
  return Buffer.concat([Buffer.from(before), Buffer.from(encoded, "base64"), Buffer.from(after)]).toString("base64");
}

/** The first word that a Job's container is given. */
function argumentsOf(job: KubeObject): unknown {
  const spec = job["spec"] as {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: unknown }] } };
  };
  return spec.template.spec.containers[0].args;
}

/** Where a Job of the socket's first resource has that word. */
const firstWord = "socket spec.resources[0].template.spec.template.spec.containers[0].args[0]";

/** What Events with a reason say: `Kind name: note`. */
async function warnings(life: Life, reason: string): Promise<readonly string[]> {
  return (await life.objects())
    .filter((object) => object.kind === "Event" && object["reason"] === reason)
    .map((object) => {
      const { kind, name } = object["regarding"] as { readonly kind: string; readonly name: string };
      return `${kind} ${name}: ${object["note"]}`;
    })
    .toSorted();
}
