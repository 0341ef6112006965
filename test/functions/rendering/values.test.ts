import { describe, expect, test } from "@jest/globals";
import { mergeValues, shownValues, valuesOf } from "../../../functions/rendering/values.ts";

const sources = [
  valuesOf({ a: "secret", b: "secret", c: "secret" }, true),
  valuesOf({ b: "inline", c: "inline" }, false),
  valuesOf({ c: "configmap" }, false),
];

describe("merged values", () => {
  test("are those of the last source that gives each", () => {
    const merged = Object.entries(mergeValues(...sources)).map(([key, { value }]) => `${key}=${value}`);
    expect(merged).toEqual(["a=secret", "b=inline", "c=configmap"]);
  });

  test("are sensitive by the source that gave them, not by those it replaced", () => {
    expect(shownValues(mergeValues(...sources))).toEqual({ a: "(sensitive)", b: "inline", c: "configmap" });
  });

  test("are none when no source gives anything", () => {
    expect(mergeValues(undefined, valuesOf(undefined, true))).toEqual({});
  });

  test("keep a key that is named like a property of every object as a key of its own", () => {
    const merged = mergeValues(valuesOf(JSON.parse('{"__proto__":"a","constructor":"b"}'), false));
    expect(Object.keys(merged)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});
