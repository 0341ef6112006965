import { describe, expect, test } from "@jest/globals";
import { renderObject, renderText, renderYaml } from "../../templates/template.ts";
import { context } from "./rendering.ts";

const values = {
  secret: "hunter2",
  number: 42,
  list: ["a", "b"],
  map: { open: "yes", closed: "s3cret" },
  json: '{"k":"v"}',
  open: "plain",
  flag: true,
};
const sensitive = [["secret"], ["number"], ["list"], ["map", "closed"], ["json"], ["flag"]];
const given = context({ values, sensitive });

const attempts: readonly string[] = [
  "{% .secret %}",
  "{% .secret | b64enc %}",
  "{% b64enc .secret | b64dec %}",
  '{% printf "%s" .secret %}',
  '{% printf "%d" (len .secret) %}',
  "{% $x := .secret %}{% $x %}",
  '{% $x := "" %}{% $x = .secret %}{% $x %}',
  '{% define "t" %}{% . %}{% end %}{% template "t" .secret %}',
  '{% block "t" .secret %}{% . %}{% end %}',
  "{% with .secret %}{% . %}{% end %}",
  "{% with .secret %}known{% end %}",
  "{% with $x := .secret %}{% $x %}{% end %}",
  '{% range splitList "" .secret %}{% . %}{% end %}',
  "{% range .list %}x{% end %}",
  "{% range $i, $v := .list %}{% $i %}{% end %}",
  "{% range until (int .number) %}x{% end %}",
  '{% if eq .secret "hunter2" %}yes{% end %}',
  '{% if eq .secret "other" %}yes{% end %}',
  '{% if eq .secret "other" %}a{% else %}b{% end %}',
  '{% $x := "no" %}{% if hasPrefix "h" .secret %}{% $x = "yes" %}{% end %}{% $x %}',
  '{% $x := "no" %}{% if hasPrefix "z" .secret %}{% $x = "yes" %}{% end %}{% $x %}',
  "{% (fromJson .json).k %}",
  "{% toJson .map %}",
  "{% toYaml .map %}",
  "{% toYaml . %}",
  "{% . %}",
  "{% .map %}",
  "{% .map.closed %}",
  '{% index .map "closed" %}',
  '{% get .map "closed" %}',
  "{% range $k, $v := .map %}{% $v %}{% end %}",
  '{% (dict "a" .secret).a %}',
  '{% $d := dict %}{% $_ := set $d "a" .secret %}{% $d.a %}',
  '{% $d := dict %}{% $_ := set $d .secret "a" %}{% keys $d %}',
  '{% $d := dict %}{% $_ := set $d .secret "a" %}{% range $k, $v := $d %}{% $k %}{% end %}',
  '{% $d := dict %}{% if hasPrefix "h" .secret %}{% $_ := set $d "a" 1 %}{% end %}{% hasKey $d "a" %}',
  '{% $d := dict "a" 1 %}{% if hasPrefix "z" .secret %}{% $_ := unset $d "a" %}{% end %}{% hasKey $d "a" %}',
  "{% list .secret | first %}",
  '{% list "a" .secret | join "," %}',
  '{% list "a" .secret | last | upper %}',
  "{% sha256sum .secret %}",
  '{% derivePassword 1 "pin" .secret "u" "s" %}',
  "{% quote .secret %}",
  "{% .secret | nindent 2 %}",
  '{% default "x" .secret %}',
  '{% ternary "a" "b" .flag %}',
  '{% ternary "a" "b" (eq .secret "x") %}',
  '{% and .flag "shown" %}',
  '{% or .secret "x" %}',
  "{% not .flag %}",
  "{% len .list %}",
  "{% has .secret (list 1 2) %}",
  '{% regexReplaceAll "h" .secret "H" %}',
  "{% trunc 1 .secret %}",
  '{% merge (dict) (dict "a" .secret) | toJson %}',
  '{% pick .map "closed" | toJson %}',
  "{% values .map | first %}",
  "{% (deepCopy .map).closed %}",
  '{% dig "map" "closed" "d" . %}',
  '{% (urlParse (printf "http://%s/" .secret)).host %}',
  "{% add .number 1 %}",
  "{% kindOf .secret %}",
  '{% range list 1 2 3 %}{% if eq $.secret "x" %}{% break %}{% end %}{% . %}{% end %}',
  '{% coalesce "" .secret "x" %}',
  "{% concat (list 1) .list | len %}",
  '{% split "n" .secret %}',
  '{% (split "n" .secret)._0 %}',
  '{% (semver (printf "1.2.%v" .number)).Patch %}',
  '{% (semver "1.2.3").Compare (semver (printf "1.2.%v" .number)) %}',
  "{% shuffle .secret %}",
  '{% cat "a" .secret %}',
  "{% empty .secret %}",
  "{% fromYaml .secret %}",
  `{% $d := dict %}{% $_ := and (eq .secret "hunter2") (set $d "a" 1) %}{% hasKey $d "a" %}`,
  `{% $d := dict %}{% $_ := and (eq .secret "other") (set $d "a" 1) %}{% hasKey $d "a" %}`,
  `{% $d := dict %}{% $_ := or (eq .secret "hunter2") (set $d "a" 1) %}{% hasKey $d "a" %}`,
];

describe("a sensitive value", () => {
  test.each(attempts)("cannot be laundered by %s", (template) => {
    expect(renderText(template, given).sensitive).toBe(true);
  });

  test.each([
    "{% .open %}",
    "{% .map.open %}",
    '{% get .map "open" %}',
    "{% len .map %}",
    "{% keys .map %}",
    '{% pick .map "open" | toJson %}',
    '{% (dict "a" .secret "b" .open).b %}',
    "{% list .secret .open | last %}",
    "{% $x := .secret %}{% .open %}",
    '{% if eq .open "plain" %}x{% end %}',
  ])("does not mark what does not read it: %s", (template) => {
    expect(renderText(template, given).sensitive).toBe(false);
  });

  test("marks the leaves of an object that read it, and no other", () => {
    const rendered = renderObject({ a: "{% .secret %}", b: { c: "{% .open %}", d: ["x", "{% .number %}"] } }, given);
    expect(rendered.sensitive).toEqual([["a"], ["b", "d", 1]]);
  });

  test("marks the object whose key reads it", () => {
    expect(renderObject({ a: { "{% .secret %}": "x" } }, given).sensitive).toEqual([["a"]]);
  });

  test("marks the scalars of YAML text that read it, and no other", () => {
    const [rendered] = renderYaml("a: {% .secret %}\nb: {% .open %}\nc:\n- x\n- p{% .number %}\n", given);
    expect(rendered?.sensitive).toEqual([["a"], ["c", 1]]);
  });

  test("marks the whole of YAML text whose structure it decides", () => {
    const [rendered] = renderYaml('a: b\n{% if eq .secret "x" %}c: d{% end %}\n', given);
    expect(rendered?.sensitive).toEqual([[]]);
  });

  test("marks only the scalar that it decides about", () => {
    const [rendered] = renderYaml('a: b\nc: "{% if .flag %}on{% else %}off{% end %}"\n', given);
    expect(rendered?.sensitive).toEqual([["c"]]);
  });

  test.each([
    "{% fail .secret %}",
    '{% fromYaml (printf "%s: [" .secret) %}',
    "{% mustFromJson .secret %}",
    '{% required .secret "" %}',
    '{% urlParse (printf ":%s" .secret) %}',
    '{% mustToDate .secret "x" %}',
    '{% semverCompare .secret "1.2.3" %}',
    '{% regexFind (printf "(%s" .secret) "x" %}',
    "{% mustDateModify .secret now %}",
    "{% index (list) .secret %}",
  ])("is not told by the error of %s", (template) => {
    expect(() => renderText(template, given)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});
