import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  checkObject,
  checkText,
  renderObject,
  renderText,
  renderYaml,
  TemplateError,
} from "../../templates/template.ts";
import { checking, context, now } from "./rendering.ts";

describe("an error", () => {
  test("names place, line and column, shows the line and points", () => {
    const render = () =>
      renderText(
        "first\nsecond {% .plug.nothing %}",
        context({ values: { plug: {} }, place: "spec.x", missingValues: "error" }),
      );
    expect(render).toThrow(new TemplateError([problem()]).message);
    function problem() {
      return {
        place: "spec.x",
        line: 2,
        column: 11,
        excerpt: "second {% .plug.nothing %}\n          ^",
        message: ".plug.nothing has no value",
      };
    }
  });

  test("of a template that does not parse tells all that is wrong with it", () => {
    const problems = checkText("{% if %}\n{% foo %}\n{% $x %}\n{% end %}\n{% 1 | 2 %}{% end %}", checking("go", "t"));
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "1: missing value for if",
      '2: function "foo" not defined',
      "3: undefined variable $x",
      "5: non executable command in pipeline stage 2; expected a function",
      "5: unexpected end: no block is open",
    ]);
  });

  test("counts what it does not show", () => {
    expect(() => renderText("{% foo %}{% bar %}", context())).toThrow("and 1 more");
  });

  test("is final", () => {
    expect(() => renderText("{% foo %}", context())).toThrow(
      expect.objectContaining({ name: "TemplateError", retryable: false }),
    );
  });

  test("in an object is named by its path", () => {
    expect(checkObject({ a: ["{% foo %}"], "{% bar %}": 1 }, checking("go", "spec")).map(({ place }) => place)).toEqual(
      ["spec.a[0]", "spec.{% bar %}"],
    );
  });

  test("in YAML that comes out is placed in the template", () => {
    expect(() => renderYaml("a: {% .v %}\nb: [\n", context({ values: { v: "x" } }))).toThrow("not YAML");
  });

  test("tells who wrote endif what closes a block", () => {
    expect(checkText("{% if 1 %}{% endif %}", checking("go", "t"))[0]?.message).toContain("{% end %}");
  });

  test("does not grow with what is wrong", () => {
    expect(checkText("{% ) %}".repeat(100_000), checking("go", "t")).length).toBeLessThan(60);
    expect(checkText("{%/*".repeat(100_000), checking("go", "t")).length).toBeLessThan(60);
  });
});

describe("an object", () => {
  test("has each string and key made, and all else as it was", () => {
    const template = { "k-{% .v %}": ["{% .v %}", 1, true, null, { x: "a{% .v %}b" }] };
    expect(renderObject(template, context({ values: { v: '"x": {' } })).value).toEqual({
      'k-"x": {': ['"x": {', 1, true, null, { x: 'a"x": {b' }],
    });
  });

  test("does not lose a key to another that comes out the same", () => {
    expect(() => renderObject({ "{% .v %}": 1, x: 2 }, context({ values: { v: "x" } }))).toThrow(
      "two keys become the same",
    );
  });
});

describe("YAML text", () => {
  const values = { labels: { a: "1", b: "x: y" }, items: ["p", { q: "r" }], none: {}, multi: "one\ntwo" };
  const read = (template: string) => renderYaml(template, context({ values })).map(({ value }) => value);

  test.each([
    ["m:\n  {%- toYaml .labels | nindent 2 %}\n  z: w\n", { m: { a: "1", b: "x: y", z: "w" } }],
    ["m: {% toYaml .labels %}\n", { m: { a: "1", b: "x: y" } }],
    ["m:\n{% toYaml .labels | indent 4 %}\n", { m: { a: "1", b: "x: y" } }],
    ["m:\n- {% toYaml .labels | nindent 2 | trim %}\n", { m: [{ a: "1", b: "x: y" }] }],
    ["l:\n{% toYaml .items %}\n- last\n", { l: ["p", { q: "r" }, "last"] }],
    ["l: {% toJson .items %}\n", { l: ["p", { q: "r" }] }],
    ["m:\n  {%- toYaml .none | nindent 2 %}\n  z: w\n", { m: { z: "w" } }],
    ["m: {% toYaml .none %}\n", { m: {} }],
    ["t: |\n  {%- toYaml .labels | nindent 2 %}\n  end\n", { t: 'a: "1"\nb: "x: y"\nend\n' }],
    ["t: |\n  head\n{% .multi | indent 4 %}\n", { t: "head\n  one\n  two\n" }],
    ["t: |-\n  {% .multi %}\n", { t: "one\ntwo" }],
    ['t: "{% toJson .labels %}"\n', { t: '{"a":"1","b":"x: y"}' }],
    ["t: {% toJson .labels | quote %}\n", { t: '{"a":"1","b":"x: y"}' }],
    ["base: &b {x: 1, y: 2}\nd: {<<: *b, y: 3}\n", { base: { x: 1, y: 2 }, d: { x: 1, y: 3 } }],
  ])("%j", (template, wanted) => {
    expect(read(template)).toEqual([wanted]);
  });

  test("has an object for each document that is not empty", () => {
    expect(read("{% if false %}a: b{% end %}")).toEqual([]);
    expect(read("---\n# nothing\n---\na: 1\n---\n{% if false %}b: 2{% end %}\n---\nc: 3\n")).toEqual([
      { a: 1 },
      { c: 3 },
    ]);
  });
});

describe("a function that is not pure", () => {
  const template = "{% randAlphaNum 16 %} {% randAlphaNum 16 %} {% uuidv4 %} {% bcrypt `x` %}";

  test("gives the same at the same place with the same seed, and else something else", () => {
    const first = renderText(template, context()).text;
    expect(renderText(template, context()).text).toBe(first);
    expect(renderText(template, context({ seed: "another" })).text).not.toBe(first);
    expect(renderText(template, context({ place: "elsewhere" })).text).not.toBe(first);
    const [one, two] = first.split(" ");
    expect(one).not.toBe(two);
  });

  test("is not moved by calls of others before it", () => {
    const alone = renderText("{% randAlpha 9 %}", context()).text;
    expect(renderText("{% $x := randNumeric 3 %}{% randAlpha 9 %}", context()).text).toBe(alone);
  });

  test("reads the time it is given", () => {
    expect(renderText("{% now | date `2006-01-02T15:04:05Z07:00` %}", context()).text).toBe("2024-03-01T12:00:00Z");
  });

  test("makes a key once, and finds what was made", () => {
    const first = renderText("{% genPrivateKey `ecdsa` %}", context());
    expect(first.made.size).toBe(1);
    const again = renderText("{% genPrivateKey `ecdsa` %}", context({ kept: first.made }));
    expect(again.text).toBe(first.text);
    expect(again.made.size).toBe(0);
  });

  test("makes certificates that stand", () => {
    const chain =
      "{% $ca := genCA `ca` 365 %}{% $c := genSignedCert `db` (list `10.0.0.1`) (list `db.local`) 30 $ca %}{% $ca.Cert %}|{% $c.Cert %}|{% $c.Key %}";
    const first = renderText(chain, context());
    const [authority = "", certificate = "", key = ""] = first.text.split("|");
    const [ca, cert] = [new X509Certificate(authority), new X509Certificate(certificate)];
    expect([ca.ca, cert.ca, cert.subject, cert.issuer]).toEqual([true, false, "CN=db", "CN=ca"]);
    expect(cert.verify(ca.publicKey)).toBe(true);
    expect(cert.subjectAltName).toBe("DNS:db.local, IP Address:10.0.0.1");
    expect(new Date(cert.validFrom)).toEqual(now);
    expect(key).toContain("BEGIN RSA PRIVATE KEY");
    expect(renderText(chain, context({ kept: first.made })).text).toBe(first.text);
  });
});
