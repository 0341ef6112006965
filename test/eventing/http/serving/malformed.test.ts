import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../../../crds/documents.ts";
import { apiVersion } from "../../../../crds/names.ts";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../../kit/memory/cluster.ts";
import { sampleEvents, sampleManifests } from "../../../samples/sample-files.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { namespace } from "../../../worlds/manifests.ts";
import { operatorNamespace } from "../../../worlds/worlds.ts";
import { type Message, messageOf, type Served, serveOn } from "../served.ts";

const event = sampleEvents().get("plug.create") as { readonly [attribute: string]: unknown };
const { headers: binaryHeaders, body: binaryBody } = messageOf(event, "binary");
const mebibyte = 1_048_576;

let cluster: MemoryCluster;
let served: Served;
let before: readonly KubeObject[];

async function everything(): Promise<readonly KubeObject[]> {
  const kinds = [
    [apiVersion, "Plug"],
    [apiVersion, "Socket"],
    ["v1", "ConfigMap"],
    ["v1", "Secret"],
  ] as const;
  const lists = await Promise.all(kinds.map(([version, kind]) => cluster.kube.list({ apiVersion: version, kind })));
  return lists.flatMap(({ items }) => items);
}

beforeAll(async () => {
  cluster = createMemoryCluster({ clock: handClock() });
  await cluster.load([...crdDocuments(), namespace(operatorNamespace), ...sampleManifests("postgres")]);
  before = await everything();
  served = await serveOn({ kube: cluster.kube, names: ["plug.create"] });
});
afterAll(() => served.drain());

type Body = NonNullable<Message["body"]>;
const structured = (change: object): Message => messageOf({ ...event, ...change }, "structured");
const binary = (change: Message["headers"], body: Body = binaryBody): Message => ({
  headers: { ...binaryHeaders, ...change },
  body,
});
const without = (header: string): Message => {
  const { [header]: _left, ...headers } = { ...(binaryHeaders as { readonly [name: string]: string }) };
  return { headers, body: binaryBody };
};
const raw = (body: Body, contentType = "application/cloudevents+json"): Message => ({
  headers: { "content-type": contentType },
  body,
});

const malformed: readonly (readonly [string, Message, number, RegExp])[] = [
  ["nothing at all", { body: "" }, 400, /contains no CloudEvent/],
  ["JSON that is no event", raw("{}", "application/json"), 400, /contains no CloudEvent/],
  ["a form", raw("a=b", "application/x-www-form-urlencoded"), 400, /contains no CloudEvent/],
  ["no specversion", structured({ specversion: undefined }), 400, /specversion: expected "1.0", found nothing/],
  ["another specversion", structured({ specversion: "0.3" }), 400, /specversion: expected "1.0", found "0.3"/],
  ["a number as its specversion", structured({ specversion: 1.0 }), 400, /specversion/],
  ["no id", structured({ id: undefined }), 400, /id: expected a non-empty string, found nothing/],
  ["an empty id", structured({ id: "" }), 400, /id: expected a non-empty string/],
  ["an id that no header could hold", structured({ id: "a".repeat(1_025) }), 400, /id: expected at most 1024 char/],
  ["a number as its id", structured({ id: 7 }), 400, /id: expected a non-empty string, found 7/],
  ["no source", structured({ source: undefined }), 400, /source: expected/],
  ["no type", structured({ type: null }), 400, /type: expected/],
  [
    "a type of another stage",
    structured({ type: "com.rock8s.integration.plug.delete" }),
    400,
    /this function is plug\.create and takes com\.rock8s\.integration\.plug\.create/,
  ],
  [
    "a type of nobody's",
    structured({ type: "com.example.order" }),
    400,
    /takes com\.rock8s\.integration\.plug\.create, found "com\.example\.order"/,
  ],
  ["a fact as its type", structured({ type: "com.rock8s.integration.plug.created" }), 400, /type/],
  ["an event of an ApiServerSource", structured({ type: "dev.knative.apiserver.ref.add" }), 400, /type/],
  [
    "a subject of another kind",
    structured({ subject: "/apis/integration.rock8s.com/v1beta1/namespaces/shop/sockets/orders" }),
    400,
    /subject: expected .*plugs/,
  ],
  ["a subject that is no path", structured({ subject: "orders" }), 400, /subject: expected/],
  [
    "a subject of another object than its name",
    structured({ name: "other" }),
    400,
    /subject: expected the path of shop\/other/,
  ],
  [
    "a way up in its subject",
    structured({
      subject: "/apis/integration.rock8s.com/v1beta1/namespaces/../plugs/x",
      namespace: undefined,
      name: undefined,
    }),
    400,
    /a Kubernetes name/,
  ],
  [
    "no name and no subject",
    structured({ subject: undefined, name: undefined }),
    400,
    /name: expected a Kubernetes name, found nothing/,
  ],
  [
    "upper case in its name",
    structured({ name: "Orders", subject: undefined }),
    400,
    /name: expected a Kubernetes name/,
  ],
  ["a name of 300 letters", structured({ name: "a".repeat(300), subject: undefined }), 400, /a Kubernetes name/],
  ["a number as its uid", structured({ uid: 7 }), 400, /uid: expected a string/],
  ["an object as an attribute", structured({ kind: { a: 1 } }), 400, /kind/],
  ["upper case in an attribute", structured({ traceParent: "x" }), 400, /"traceParent"/],
  ["a time that is none", structured({ time: "soon" }), 400, /time/],
  ["a line break in an attribute", structured({ subject: "a\r\nb" }), 400, /control characters/],
  ["half a character in an attribute", structured({ kind: "\ud800" }), 400, /control characters/],
  ["data twice", structured({ data_base64: "e30=" }), 400, /data_base64/],
  ["no base64", structured({ data: undefined, data_base64: "{}" }), 400, /data_base64/],
  ["a list of events", raw(JSON.stringify([event])), 400, /one JSON object/],
  ["a batch", raw(JSON.stringify([event]), "application/cloudevents-batch+json"), 400, /batch.*one by one/],
  ["an empty batch", raw("[]", "application/cloudevents-batch+json; charset=utf-8"), 400, /batch/],
  ["another format", raw("<event/>", "application/cloudevents+xml"), 400, /application\/cloudevents\+json/],
  ["JSON that breaks off", raw(JSON.stringify(event).slice(0, -5)), 400, /not JSON/],
  ["no UTF-8", raw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400, /not UTF-8/],
  ["UTF-16", raw(Buffer.from(JSON.stringify(event), "utf16le")), 400, /not JSON|not UTF-8/],
  ["JSON thirty thousand levels deep", raw(`${"[".repeat(30_000)}${"]".repeat(30_000)}`), 400, /\w/],
  ["a key __proto__", raw(JSON.stringify(event).replace("{", '{"__proto__":{"id":"x"},')), 400, /__proto__/],
  ["binary, without id", without("ce-id"), 400, /id: expected/],
  ["binary, without type", without("ce-type"), 400, /type: expected/],
  ["binary, without specversion", without("ce-specversion"), 400, /specversion: expected/],
  ["binary, with data that is no JSON", binary({}, "{"), 400, /not JSON/],
  ["binary, with a header twice", binary({ "ce-id": ["1", "2"] }), 400, /ce-id: given more than once/],
  [
    "binary, with its type twice",
    binary({ "ce-type": ["com.rock8s.integration.plug.create", "com.rock8s.integration.plug.delete"] }),
    400,
    /ce-type: given more than once/,
  ],
  [
    "binary, with a line break percent-encoded",
    binary({ "ce-kind": "Plug%0d%0ax-evil: 1" }),
    400,
    /control characters/,
  ],
  ["binary, with a null character percent-encoded", binary({ "ce-name": "orders%00" }), 400, /control characters/],
  [
    "binary, with percent-encoding that is no UTF-8",
    binary({ "ce-kind": "%c3%28" }),
    400,
    /ce-kind: its percent-encoding is not UTF-8/,
  ],
  [
    "binary, with bytes that are not ASCII",
    binary({ "ce-kind": "Pl\u00fcg" }),
    400,
    /ce-kind: write characters that are not ASCII/,
  ],
  ["binary, with data as a header", binary({ "ce-data": "x" }), 400, /ce-data/],
  ["binary, with an attribute of another alphabet", binary({ "ce-a_b": "x" }), 400, /"a_b"/],
  [
    "gzip",
    { headers: { ...raw("").headers, "content-encoding": "gzip" }, body: gzipSync(JSON.stringify(event)) },
    415,
    /compressed/,
  ],
  [
    "a gzip bomb",
    { headers: { ...raw("").headers, "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(64 * mebibyte)) },
    415,
    /compressed/,
  ],
  ["one byte more than 64 KiB", raw(Buffer.alloc(65_537, " ")), 413, /larger than 64 KiB/],
  [
    "more than 64 KiB in chunks",
    raw(Array.from({ length: 17 }, () => Buffer.alloc(4_096, " "))),
    413,
    /larger than 64 KiB/,
  ],
  ["GET", { method: "GET" }, 405, /by POST/],
  ["PUT", { ...structured({}), method: "PUT" }, 405, /by POST/],
  ["DELETE", { method: "DELETE" }, 405, /by POST/],
  ["OPTIONS", { method: "OPTIONS", headers: { "webhook-request-origin": "example.com" } }, 405, /by POST/],
];

describe("a request that is no event for this function", () => {
  test.each(malformed)(
    "is refused where it has %s, in words that help, and changes nothing",
    async (_what, message, status, why) => {
      const answer = await served.send(message);
      expect([answer.status, String(answer.body)]).toEqual([status, expect.stringMatching(why)]);
      expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
      if (status === 405) expect(answer.headers["allow"]).toBe("POST");
      expect(String(answer.body).split("\n")).toEqual([expect.any(String), ""]);
      expect(answer.body.length).toBeLessThan(500);
      expect(await everything()).toEqual(before);
      expect(served.reports.at(-1)).toMatchObject({ status });
      expect((await served.send({ method: "GET", path: "/healthz" })).status).toBe(200);
    },
  );

  test("is no harm where it means another object of the same name", async () => {
    const answer = await served.send(structured({ uid: "d5b8e5a0-0000-4000-8000-000000000000" }));
    expect([answer.status, answer.headers["plugboard-why"]]).toEqual([204, "there is no such plug"]);
    expect(await everything()).toEqual(before);
  });

  test("is refused before it is read where it says that it is too large", async () => {
    const answer = await answerTo("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2147483648\r\n\r\n{");
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*larger than 64 KiB/);
  });

  test.each([
    [
      "that HTTP forbids",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["with no end of headers", `POST / HTTP/1.1\r\nhost: x\r\n${"ce-a: b\r\n".repeat(5_000)}\r\n`],
    ["that is no HTTP", "hello\r\n\r\n"],
  ])("is refused by the server itself where it is a message %s", async (_what, message) => {
    expect(await answerTo(message)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await everything()).toEqual(before);
    expect((await served.send({ method: "GET", path: "/healthz" })).status).toBe(200);
  });

  test.each(["/%", "/robots.txt", "*", "http://elsewhere/%"])(
    "is refused in our own words at address %s, too",
    async (address) => {
      const answer = await answerTo(`OPTIONS ${address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\n\r\na function takes CloudEvents by POST.*\n$/);
    },
  );

  test("that breaks off is forgotten", async () => {
    const socket = connect(served.port, "127.0.0.1");
    await new Promise<void>((resolve) =>
      socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{", () => resolve()),
    );
    socket.destroy();
    expect((await served.send({ method: "GET", path: "/healthz" })).status).toBe(200);
    expect(await everything()).toEqual(before);
  });
});

describe("an event about an object of a namespace that is not served", () => {
  test("is answered, and nothing is done", async () => {
    await using some = await serveOn({ kube: cluster.kube, namespaces: ["data"] });
    const answer = await some.post(event);
    expect([answer.status, answer.headers["plugboard-why"]]).toEqual([204, "namespace shop is not served here"]);
    expect(await everything()).toEqual(before);
  });
});

describe("an event of exactly 64 KiB", () => {
  test.each(["whole", "in chunks"])("is taken, sent %s", async (how) => {
    const padded = Buffer.from(JSON.stringify({ ...event, uid: "another" }).padEnd(65_536));
    const body = how === "whole" ? padded : [padded.subarray(0, 60_000), padded.subarray(60_000)];
    expect((await served.send(raw(body))).status).toBe(204);
  });
});

describe("an event with more than its function knows", () => {
  test("is answered with nothing of that", async () => {
    const world = createMemoryCluster({ clock: handClock() });
    await world.load([...crdDocuments(), namespace(operatorNamespace), ...sampleManifests("postgres")]);
    await using own = await serveOn({ kube: world.kube, names: ["plug.create"] });
    const more = {
      tenant: "echo-me",
      dataschema: "https://echo.me/schema",
      data: { secret: "echo-me" },
      partitionkey: "echo-me",
    };
    const answer = await own.post({ ...event, ...more });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.headers) + String(answer.body)).not.toMatch(/echo/);
    expect(answer.headers).toMatchObject({ "ce-partitionkey": "shop/orders", "ce-kind": "Plug" });
  });
});

/** What a server says to bytes. */
async function answerTo(message: string): Promise<string> {
  const socket = connect(served.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(message);
  return text(socket);
}
