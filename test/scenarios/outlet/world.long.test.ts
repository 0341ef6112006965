import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { Forbidden, InvalidInput, type OperatorError, Unavailable } from "../../../kit/errors.ts";
import { interceptedKube, type KubeRequest } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, secret, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { type FakeApparatus, fakeApparatus } from "../apparatus/fake-apparatus.ts";
import { asText } from "../life/memory-life.ts";
import { type Case, cases } from "./places.ts";
import { leaksIn, secrets } from "./secrets.ts";

/** How the API server answers a write of an object: not at all, or in words that repeat it. */
type Refuse = (written: KubeObject, count: number) => OperatorError | undefined;

/** The ways in which words repeat an object. */
const repeats: readonly ((object: KubeObject) => string)[] = [
  (object) => JSON.stringify(object),
  (object) => JSON.stringify(JSON.stringify(object)),
  (object) => `${"x".repeat(2_000)}${JSON.stringify(object)}`,
  (object) => Buffer.from(JSON.stringify(object)).toString("base64"),
  (object) => encodeURIComponent(JSON.stringify(object)),
  (object) => JSON.stringify(object["data"] ?? object.metadata).toUpperCase(),
];

function answer(object: KubeObject, count: number) {
  const { data, metadata } = object;
  const keys = [...Object.keys(Object(data)), ...Object.keys(metadata.labels ?? {})];
  const quote = `denied: ${repeats[count % repeats.length]?.(object)}`;
  return { quote, fields: keys.map((key) => `data[${key}]`) };
}

const refusals: { readonly [name: string]: Refuse } = {
  "as the API server does": () => undefined,
  "by a webhook": (object, count) => new InvalidInput("the API server answered 422 (Invalid)", answer(object, count)),
  "by a quota": (object, count) => new Forbidden("the API server answered 403 (Forbidden)", answer(object, count)),
  "by a page of a proxy": (object, count) => new Unavailable("the API server answered 502", answer(object, count)),
};

const ours: ReadonlySet<string> = new Set(["Plug", "Socket", "Event", "Lease"]);

/** Refuses what is written as a service account. What is said of Secrets the port does not keep. */
function refusing(kube: Kube, refuse: Refuse, refused: { count: number; readonly names: Set<string> }): Kube {
  const around = (inner: Kube): Kube => ({
    ...inner,
    async apply(object, options) {
      refused.names.add(object.metadata.name);
      const error = ours.has(object.kind) ? undefined : refuse(object, refused.count);
      if (error === undefined) return inner.apply(object, options);
      refused.count += 1;
      if (object.kind === "Secret") throw Object.assign(error, { quote: undefined });
      throw error;
    },
    as: (account) => around(inner.as(account)),
  });
  return around(interceptedKube(kube, (_: KubeRequest, perform) => perform()));
}

interface Lived {
  readonly world: World;
  readonly heard: unknown[];
  /** The names of the objects that Plugboard applied, or tried to. */
  readonly names: ReadonlySet<string>;
}

/** Couples a plug for each case with one socket, then decouples them all; everything that is said on the way is heard. */
async function live(
  all: readonly Case[],
  { refuse, hooks, socket = {} }: { refuse: Refuse; hooks?: FakeApparatus; socket?: object },
): Promise<Lived> {
  const world = await makeWorld({ rbac: false });
  const { kube } = world.cluster;
  const heard: unknown[] = [];
  const refused = { count: 0, names: new Set<string>() };
  const plugboard = await start(world, {
    kube: refusing(kube, refuse, refused),
    tell: (report) => void heard.push(report),
    facts: [(event) => void heard.push(event)],
    ...(hooks === undefined ? {} : { apparatus: hooks }),
  });
  await apply(kube, secret("app", "all", secrets), secret("db", "all", secrets));
  const spec = { selector: { app: "hooks" }, ports: [{ port: 80 }] };
  await apply(kube, { apiVersion: "v1", kind: "Service", metadata: { name: "hooks", namespace: "app" }, spec });
  await apply(kube, socketWith("pg", { configSecretName: "all", ...socket }));
  for (const { name, plug } of all)
    await apply(kube, plugWith(name, { configSecretName: "all", dataSecretName: "all", ...plug }));
  await rest(world, plugboard);
  heard.push(...said(world));
  for (const { name } of all) await kube.delete(plugKey(name));
  await rest(world, plugboard);
  heard.push(...said(world));
  await plugboard.stop();
  return { world, heard, names: refused.names };
}

/** What can be read in the cluster of what Plugboard says: statuses and Events. */
function said({ cluster }: World): readonly unknown[] {
  return cluster.objects().flatMap((object) => {
    if (object.kind === "Event") return [object];
    return object.apiVersion === apiVersion && "status" in object ? [object.metadata.name, object["status"]] : [];
  });
}

/** Made at random, and so like a secret by chance. */
const random = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|00-[0-9a-f]{32}-[0-9a-f]{16}-01/g;
const applied = /"role":"applied",[^{}]*?"name":"((?:[^"\\]|\\.)*)"/g;

/** What was heard as one text, without the names of objects that were to be made: their authors publish them. */
function textOf({ heard, names: tried }: Lived): string {
  const text = JSON.stringify(heard, asText).replaceAll(random, "");
  const written = [...tried].map((name) => JSON.stringify(name).slice(1, -1));
  const names = [...written, ...[...text.matchAll(applied)].map(([, name = ""]) => name)];
  const longestFirst = [...new Set(names)].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((left, name) => left.replaceAll(name, "<name>"), text);
}

describe("nothing that Plugboard says tells a secret", () => {
  test.each(Object.entries(refusals).map(([name, refuse], index) => [name, refuse, index] as const))(
    "wherever templates put it, where objects are refused %s",
    async (_, refuse, index) => {
      const some = cases(index * 2).filter((_, at) => index < 2 || at % 3 === index % 3);
      const text = textOf(await live(some, { refuse }));
      expect(leaksIn(text)).toEqual([]);
      expect(text).toContain("InvalidInput");
      expect(text).toContain("TemplateError");
    },
  );

  test("whatever apparatuses answer", async () => {
    const hooks = fakeApparatus();
    const refused: string[] = [];
    hooks.answer = ({ body, path }, response) => {
      const takes = path === "/created" || (path === "/config" && refused.length >= 7);
      if (takes) return void response.end("{}");
      refused.push(path);
      const text = JSON.stringify(body);
      const forms = [
        text,
        JSON.stringify({ message: text }),
        `${"y".repeat(1_000)}${text}`,
        encodeURIComponent(text),
        Buffer.from(text).toString("base64"),
        Buffer.from(text).toString("hex"),
        text.toUpperCase(),
      ];
      response.writeHead(422).end(forms[refused.length % forms.length]);
    };
    const plug = { apparatus: { endpoint: "http://hooks" } };
    const names = Array.from({ length: 14 }, (_, index) => `plug-${index}`);
    const lived = await live(
      names.map((name) => ({ name, plug })),
      { refuse: () => undefined, hooks },
    );
    for (const path of ["/config", "/coupled", "/decoupled"]) expect(refused).toContain(path);
    expect(leaksIn(textOf(lived))).toEqual([]);
    expect(textOf(lived)).toContain("was refused");
  });

  test("whatever an interface finds wrong with it", async () => {
    const property = { required: true, type: "integer", minimum: 3 };
    const plug = { word: property, lines: property, quotes: { pattern: "^x$" }, digits: { maxLength: 3 } };
    const lived = await live([{ name: "one", plug: {} }], {
      refuse: () => undefined,
      socket: { interface: { config: { plug } } },
    });
    expect(leaksIn(textOf(lived))).toEqual([]);
    expect(textOf(lived)).toContain("InvalidConfig");
  });
});
