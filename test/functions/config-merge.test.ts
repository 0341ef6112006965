import { describe, expect, test } from "@jest/globals";
import { mergeSources, plainValues, sensitiveValues } from "../../functions/config-merge.ts";

const all = {
  secret: sensitiveValues({ a: "secret", b: "secret", c: "secret", d: "secret", e: "secret" }),
  inline: plainValues({ b: "inline", c: "inline", d: "inline", e: "inline" }),
  template: plainValues({ c: "template", d: "template", e: "template" }),
  configMap: plainValues({ d: "configmap", e: "configmap" }),
  apparatus: sensitiveValues({ e: "apparatus" }),
};

describe("mergeSources", () => {
  test("lets Secret give way to inline, inline to template, template to ConfigMap, and all to the apparatus", () => {
    const merged = mergeSources(all);
    expect(Object.entries(merged).map(([key, { value }]) => `${key}=${value}`)).toEqual([
      "a=secret",
      "b=inline",
      "c=template",
      "d=configmap",
      "e=apparatus",
    ]);
  });

  test("marks a value by the source that gave it, not by those it replaced", () => {
    const merged = mergeSources(all);
    expect(Object.values(merged).map(({ sensitive }) => sensitive)).toEqual([true, false, false, false, true]);
  });

  test("gives nothing when no source gives anything", () => {
    expect(mergeSources({ secret: undefined, inline: plainValues(undefined) })).toEqual({});
  });

  test("keeps a key that is named like a property of every object as a key of its own", () => {
    const merged = mergeSources({ inline: plainValues(JSON.parse('{"__proto__":"a","constructor":"b"}')) });
    expect(Object.keys(merged)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});
