import { describe, expect, test } from "@jest/globals";
import { checkText, renderText, renderYaml } from "../../templates/template.ts";
import { checking, context } from "./rendering.ts";

const values = {
  a: { b: "c", list: ["p", "q"], map: { k2: "v2", k1: "v1" } },
  zero: 0,
  empty: [],
  yes: true,
  html: "<b>",
  users: [{ name: "ada", title: "Dr" }, { name: "bob" }],
  secret: "hunter2",
};
const given = context({ values, engine: "handlebars", sensitive: [["secret"]] });

describe("Handlebars' syntax", () => {
  test.each([
    ["{{a.b}} {{{a.b}}} {{html}}", "c c <b>"],
    ["{% .a %} and \\{{a.b}}", "{% .a %} and {{a.b}}"],
    ["{{#if zero}}y{{else}}n{{/if}}{{#if zero includeZero=true}}y{{/if}}{{#unless empty}}u{{/unless}}", "nyu"],
    ["{{#if empty}}a{{else if zero}}b{{else if yes}}c{{else}}d{{/if}}", "c"],
    ["{{#each users}}{{@index}}{{name}}{{#if @first}}!{{/if}}{{#unless @last}},{{/unless}}{{/each}}", "0ada!,1bob"],
    ["{{#each a.map}}{{@key}}={{this}};{{/each}}", "k1=v1;k2=v2;"],
    ["{{#each a.map as |value key|}}{{key}}={{value}};{{/each}}", "k1=v1;k2=v2;"],
    ["{{#each empty}}x{{else}}none{{/each}}", "none"],
    [
      "{{#each users}}{{#each ../a.list}}{{../name}}{{this}}{{@../index}} {{/each}}{{/each}}",
      "adap0 adaq0 bobp1 bobq1 ",
    ],
    ["{{#with a}}{{b}}{{@root.html}}{{../html}}{{/with}}", "c<b><b>"],
    ["{{#with a as |x|}}{{x.b}}{{/with}}{{#with missing}}x{{else}}none{{/with}}", "cnone"],
    ["{{lookup a.list 1}}{{lookup a 'b'}}{{a.[b]}}", "qcc"],
    ["{{upper (printf '%s-%d' a.b 3)}}", "C-3"],
    ["{{toJson (dict x=1 y=a.b)}}", '{"x":1,"y":"c"}'],
    ["{{eq zero 0}} {{add 1 2}} {{trunc 1 a.b}}", "true 3 c"],
    ["a {{~ a.b ~}} b{{!-- a comment --}}", "acb"],
    ["{{#yes}}y{{/yes}}{{^missing}}n{{/missing}}{{#users}}{{name}}{{/users}}{{#a}}{{b}}{{/a}}", "ynadabobc"],
    ["{{#if yes}}\n  line\n{{/if}}\nafter", "  line\nafter"],
    ["{{hello}} {{len (uuidv4)}}", "Hello! 36"],
  ])("prints %j as %j", (template, output) => {
    expect(renderText(template, given).text).toBe(output);
  });

  test("takes a field before a function of the same name", () => {
    expect(renderText("{{#with (index users 0)}}{{title}} {{name}}{{/with}}", given).text).toBe("Dr ada");
  });

  test.each([
    ["{{> part}}", "partials are not supported"],
    ["{{#> part}}x{{/part}}", "partials are not supported"],
    ["{{* decorator}}", "decorators are not supported"],
    ["{{unknown 1}}", 'function "unknown" not defined'],
    ["{{upper a=1}}", "takes no named arguments"],
    ["{{#if a}}x", "unexpected end of the template"],
    ["{{#if a}}x{{/each}}", "doesn't match"],
    ["{{a", "unexpected"],
    ["{{@key}}", "@key is not known here"],
    ["{{#if}}x{{/if}}", "takes one argument"],
  ])("refuses %j: %s", (template, message) => {
    const [problem] = checkText(template, checking("handlebars", "t"));
    expect(problem?.message).toContain(message);
    expect(problem?.excerpt).toContain("^");
  });

  test.each([
    "{{constructor}}",
    "{{a.__proto__}}",
    "{{a.constructor.name}}",
    "{{lookup a '__proto__'}}",
    "{{missing}}",
    "{{@root.toString}}",
  ])("reaches no prototype and prints nothing that is not there: %s", (template) => {
    expect(renderText(template, given).text).toBe("");
  });

  test("carries the origin of what it reads", () => {
    expect(renderText("{{#if (eq secret 'x')}}y{{/if}}", given).sensitive).toBe(true);
    expect(renderText("{{#each users}}{{name}}{{/each}}", given).sensitive).toBe(false);
  });

  test("places values in YAML text as the other syntax does", () => {
    const template = "{{#each users}}\n- name: {{name}}\n  text: '{{../html}}'\n{{/each}}\n";
    expect(renderYaml(template, given)[0]?.value).toEqual([
      { name: "ada", text: "<b>" },
      { name: "bob", text: "<b>" },
    ]);
  });
});
