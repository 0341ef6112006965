import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { bytesOf, textOf } from "../../kit/encoding/bytes.ts";
import { renderObject, renderText, renderYaml } from "../../templates/template.ts";
import { context } from "./rendering.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const base64 = (value: Uint8Array): string => Buffer.from(value).toString("base64");
const rendered = (template: string, value: Uint8Array): Buffer =>
  bytesOf(renderText(template, context({ values: { value: textOf(value), encoded: base64(value) } })).value);

test("any bytes go through a template as they are, printed, encoded and decoded", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(rendered("{% .value %}", value).equals(value)).toBe(true);
      expect(rendered("{% .value | b64enc %}", value).toString()).toBe(base64(value));
      expect(rendered("{% .encoded | b64dec %}", value).equals(value)).toBe(true);
      expect(rendered("{% .encoded | b64dec | b64enc %}", value).toString()).toBe(base64(value));
      expect(rendered("a{% .value %}b", value).equals(Buffer.from([97, ...value, 98]))).toBe(true);
      expect(rendered('{% printf "%s" .value %}', value).equals(value)).toBe(true);
    }),
  );
});

test("any bytes stand in an object and in YAML as they are, and JSON keeps them", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const given = context({ values: { value: textOf(value) } });
      const { value: object } = renderObject({ a: "{% .value %}" }, given);
      const [document] = renderYaml('a: "x{% .value %}"\nb: |-\n  {% .value %}', given);
      const kept = JSON.parse(JSON.stringify({ object, yaml: document?.value }));
      expect(bytesOf(kept.object.a).equals(value)).toBe(true);
      expect(bytesOf(kept.yaml.a).equals(Buffer.from([120, ...value]))).toBe(true);
      expect(bytesOf(kept.yaml.b).equals(value)).toBe(true);
    }),
  );
});

test("a character cut in two and put together again is that character", () => {
  const given = context({ values: { word: "é" } });
  expect(renderText("{% substr 0 1 .word %}{% substr 1 2 .word %}", given).text).toBe("é");
  const { text, value } = renderText("{% substr 0 1 .word %}", given);
  expect({ text, value }).toEqual({ text: "\ufffd", value: textOf(Buffer.from([0xc3])) });
});

test("what reads JSON or YAML makes no bytes of escapes of half characters", () => {
  const given = context({ values: { json: '{"a":"\\udcff","\\udcfe":1}', stray: "a\ud800b" } });
  expect(renderText("{% (fromJson .json).a %}{% .stray %}", given).text).toBe("\ufffda\ufffdb");
  expect(renderText("{% fromJson .json | toJson %}", given).text).toBe('{"a":"\ufffd","\ufffd":1}');
});

test("JSON has no form for bytes: they are shown as U+FFFD, as Go shows them", () => {
  const given = context({ values: { value: textOf(Uint8Array.of(0xfe, 0x61)) } });
  expect(renderText("{% toJson .value %}", given).text).toBe('"\ufffda"');
});

test("bytes made of something sensitive are sensitive", () => {
  const given = context({ values: { value: textOf(Uint8Array.of(0xfe, 0xff)) }, sensitive: [["value"]] });
  expect(renderText("{% .value | b64enc | b64dec %}", given).sensitive).toBe(true);
  expect(renderYaml("a: {% .value %}\nb: 1", given)[0]?.sensitive).toEqual([["a"]]);
  expect(renderObject({ a: "{% .value %}", b: "c" }, given).sensitive).toEqual([["a"]]);
});
