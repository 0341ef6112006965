import { describe, expect, test } from "@jest/globals";
import { CloudEvent, HTTP } from "cloudevents";
import { eventFormat } from "../../../crds/stage-names.ts";
import { factEvent, parseStageRequest, type StageEvent, stageEvent } from "../../../eventing/cloud-events.ts";
import { type EventHeaders, readEvent, writeEvent } from "../../../eventing/http/event-message.ts";
import { InvalidInput } from "../../../kit/errors.ts";

const event: StageEvent = stageEvent(eventFormat, {
  clusterUid: "c-1",
  stage: "plug.couple",
  object: {
    apiVersion: "integration.rock8s.com/v1beta1",
    kind: "Plug",
    namespace: "apps",
    name: "app",
    uid: "u-1",
    resourceVersion: "42",
    generation: 3,
  },
  inputs: "abc",
  attempt: 0,
  now: 0,
});
const required = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t" };
const structuredType = { "content-type": "application/cloudevents+json" };

describe("an event that is written", () => {
  test("is read back as it was, and as the cloudevents package reads it", () => {
    const { headers, body } = writeEvent(event);
    expect(readEvent(headers, bytes(body))).toEqual(event);
    expect(HTTP.toEvent({ headers: { ...headers }, body: String(body) })).toMatchObject({ ...event });
  });

  test("keeps its contents whatever characters they have, in headers that HTTP can carry", () => {
    const odd = { ...event, overridden: 'Zoë 100% "é"\u{1f680} ', subject: "a b" };
    const { headers, body } = writeEvent(odd);
    expect(Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))).toBe(true);
    expect(readEvent(headers, bytes(body))).toEqual(odd);
  });

  test.each(["constructor", "validate", "schemaurl", "datacontentencoding"])(
    "keeps an extension by the name of what JavaScript or the package has of its own: %s",
    (name) => {
      const read = readEvent(structuredType, bytes(JSON.stringify({ ...event, [name]: "x" })));
      const { headers, body } = writeEvent({ ...event, ...read });
      expect(headers[`ce-${name}`]).toBe("x");
      expect(readEvent(headers, bytes(body))).toEqual({ ...event, [name]: "x" });
    },
  );

  test.each(["text", 5, [1, "two"], null])("keeps JSON data that is no object: %j", (data) => {
    const happened = {
      request: parseStageRequest(eventFormat, event),
      fact: "plug.coupled",
      trace: undefined,
      now: 0,
    } as const;
    const written = writeEvent({ ...factEvent(eventFormat, event, happened), data });
    expect(readEvent(written.headers, bytes(written.body))["data"]).toEqual(data);
  });

  test("keeps bytes and text", () => {
    const plain = { specversion: "1.0", id: "1", source: "/s", type: "t" };
    const data = new Uint8Array([0, 255, 7]);
    const binary = writeEvent({ ...plain, datacontenttype: "application/octet-stream", data });
    expect(readEvent(binary.headers, bytes(binary.body))).toMatchObject({ data: Buffer.from(data) });
    const text = writeEvent({ ...plain, datacontenttype: "text/plain", data: "hi" });
    expect(text.body).toBe("hi");
  });

  test("never ends a header by what it holds", () => {
    expect(() => writeEvent({ ...event, subject: "a\r\nx-evil: 1" })).not.toThrow();
    const { headers } = writeEvent({ ...event, subject: "a\r\nx-evil: 1" });
    expect(headers["ce-subject"]).toBe("a%0D%0Ax-evil:%201");
  });
});

describe("an event that is read", () => {
  test("in structured mode is the same as in binary mode", () => {
    const { headers, body } = HTTP.structured(new CloudEvent({ ...event }));
    expect(readEvent({ "Content-Type": String(headers["content-type"]) }, bytes(String(body)))).toEqual(event);
  });

  test("may have its headers in quotes, in any case, and as lists of one", () => {
    const headers = { ...required, "CE-Subject": ['"a \\"b\\" %C3%A9"'] };
    expect(readEvent(headers, bytes(""))).toEqual({
      specversion: "1.0",
      id: "1",
      source: "/s",
      type: "t",
      subject: 'a "b" é',
    });
  });

  test("has as data what base64 stands for", () => {
    const structured = { specversion: "1.0", id: "1", source: "/s", type: "t", data_base64: "eyJhIjoxfQ==" };
    const read = (more: object): unknown =>
      readEvent(structuredType, bytes(JSON.stringify({ ...structured, ...more })))["data"];
    expect(read({})).toEqual(Buffer.from('{"a":1}'));
    expect(read({ datacontenttype: "application/json" })).toEqual({ a: 1 });
  });

  test("knows of no prototype", () => {
    const read = readEvent({ ...required, "ce-constructor": "x" }, bytes(""));
    expect(Object.entries(read)).toContainEqual(["constructor", "x"]);
    expect(() => readEvent({ ...required, "ce-__proto__": "x" }, bytes(""))).toThrow(InvalidInput);
  });

  const structured = (event: unknown): readonly [EventHeaders, Uint8Array] => [
    structuredType,
    bytes(JSON.stringify(event)),
  ];
  const whole = { specversion: "1.0", id: "1", source: "/s", type: "t" };
  const malformed: readonly (readonly [string, readonly [EventHeaders, Uint8Array], RegExp])[] = [
    ["nothing", [{}, bytes("")], /contains no CloudEvent/],
    ["JSON alone", [{ "content-type": "application/json" }, bytes("{}")], /contains no CloudEvent/],
    ["no id", [{ ...required, "ce-id": undefined }, bytes("")], /id: expected a non-empty string, found nothing/],
    ["no version", [{ ...required, "ce-specversion": undefined }, bytes("")], /specversion/],
    ["version 0.3", [{ ...required, "ce-specversion": "0.3" }, bytes("")], /specversion/],
    ["empty source", [{ ...required, "ce-source": "" }, bytes("")], /source/],
    ["a header twice", [{ ...required, "ce-id": ["1", "2"] }, bytes("")], /ce-id: given more than once/],
    ["a header in two cases", [{ ...required, "CE-ID": "2" }, bytes("")], /ce-id: given more than once/],
    ["no UTF-8 in a header", [{ ...required, "ce-subject": "%ff" }, bytes("")], /ce-subject.*not UTF-8/],
    ["raw Latin-1", [{ ...required, "ce-subject": "\u00e9" }, bytes("")], /ce-subject.*not ASCII/],
    ["a line break in a header", [{ ...required, "ce-subject": "a%0d%0ab" }, bytes("")], /control characters/],
    ["an upper-case name", structured({ ...whole, Kind: "x" }), /"Kind"/],
    ["an attribute with parts", structured({ ...whole, kind: { a: 1 } }), /kind/],
    ["half a character", structured({ ...whole, kind: "\ud800" }), /kind/],
    ["no time", structured({ ...whole, time: "yesterday" }), /time/],
    ["data twice", structured({ ...whole, data: 1, data_base64: "AA==" }), /data_base64/],
    ["no base64", structured({ ...whole, data_base64: "?" }), /data_base64/],
    ["a list", structured([whole]), /one JSON object/],
    ["a batch", [{ "content-type": "application/cloudevents-batch+json" }, bytes("[]")], /batch/],
    ["XML", [{ "content-type": "application/cloudevents+xml" }, bytes("<e/>")], /application\/cloudevents\+json/],
    ["no JSON", [structuredType, bytes("{")], /not JSON/],
    ["no JSON data", [{ ...required, "content-type": "application/json" }, bytes("{")], /not JSON/],
    ["no UTF-8", [structuredType, new Uint8Array([0x7b, 0xff])], /not UTF-8/],
  ];
  test.each(malformed)("is refused where it has %s", (_what, [headers, body], why) => {
    expect(() => readEvent(headers, body)).toThrow(InvalidInput);
    expect(() => readEvent(headers, body)).toThrow(why);
  });
});

function bytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}
