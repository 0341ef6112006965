import { describe, expect, test } from "@jest/globals";
import { library } from "../../../templates/library/library.ts";
import { renderObject, renderText, renderYaml, TemplateError } from "../../../templates/template.ts";
import { context } from "../../templates/rendering.ts";
import { disguises, leaksIn, secrets } from "./secrets.ts";

const given = context({
  values: { ...secrets, open: "plain", list: ["a", "b"], map: { a: "b" } },
  sensitive: Object.keys(secrets).map((key) => [key]),
});

const others = ['"%s"', '(list "a" 1)', '(dict "a" 1)'];

/** Calls of a function with a secret at each place, and whatever may make it complain at the others. */
function callsOf(name: string): readonly string[] {
  const fields = Object.keys(secrets).map((key) => `.${key}`);
  return [0, 1, 2].flatMap((count) =>
    Array.from({ length: count + 1 }, (_, place) => place).flatMap((place) =>
      others.flatMap((other, which) => {
        const field = fields[(place + count + which) % fields.length] ?? ".word";
        const disguise = disguises[(place * 3 + count + which * 2) % disguises.length];
        const given = Array.from({ length: count + 1 }, (_, at) => (at === place ? disguise?.(field) : other));
        return [`${name} ${given.join(" ")}`];
      }),
    ),
  );
}

/** All that is said of renderings that fail, and how many did. */
function saidBy(templates: readonly string[]): { readonly said: readonly string[]; readonly failed: number } {
  const renders = [
    (template: string) => renderText(template, given),
    (template: string) => renderYaml(`kind: x\ndata:\n  a: ${template}\n`, given),
    (template: string) => renderObject({ data: { [template]: template } }, given),
  ];
  const said = templates.flatMap((template, index) => {
    try {
      renders[index % renders.length]?.(template);
      return [];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [`${error.message}\n${JSON.stringify(error.problems)}`];
    }
  });
  return { said, failed: said.length };
}

describe("what a template says when it fails", () => {
  const names = [...library.keys()].filter(
    (name) => !/^(gen|buildCustomCert|bcrypt|htpasswd|derivePassword)/.test(name),
  );

  test("tells no secret, whatever function complains of whatever is made of one", () => {
    const { said, failed } = saidBy(names.flatMap((name) => callsOf(name).map((call) => `{% ${call} %}`)));
    expect(said.flatMap(leaksIn)).toEqual([]);
    expect(failed).toBeGreaterThan(names.length * 5);
  });

  test("tells no secret where a secret decides whether it fails, and with which words", () => {
    const { said, failed } = saidBy(
      Object.entries(secrets).flatMap(([key, secret]) => {
        const part = JSON.stringify(secret.slice(0, 7));
        return [
          `{% if contains ${part} .${key} %}{% fail ${JSON.stringify(`has ${secret.slice(0, 7)}`)} %}{% end %}`,
          `{% with .${key} %}{% required "it is ${secret.length} long" .nothing %}{% end %}`,
          `{% range splitList "" .${key} %}{% if eq . "7" %}{% fail "a 7" %}{% end %}{% end %}`,
          `{% $x := "" %}{% if hasPrefix ${part} .${key} %}{% $x = ${part} %}{% end %}{% fail $x %}`,
          `{% $d := dict %}{% $_ := set $d .${key} 1 %}{% fail (keys $d | join ",") %}`,
          `{% template "t" .${key} %}{% define "t" %}{% index (dict) (printf "%s!" .) %}{% .x.y.z %}{% end %}`,
        ];
      }),
    );
    expect(said.flatMap(leaksIn)).toEqual([]);
    expect(failed).toBeGreaterThan(12);
  });

  test("says what is wrong where that is no secret", () => {
    expect(saidBy(['{% fail "size must be given" %}']).said[0]).toContain("size must be given");
    expect(saidBy(["{% repeat .word .word %}"]).said[0]).toContain("wrong type for value; expected int; got string");
  });
});
