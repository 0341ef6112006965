import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { copyJson, parseJson, readWholeNumber, writeJson } from "../../../kit/encoding/exact-json.ts";

const wholeNumber = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

test("every whole number of 64 bits comes back with all its digits, wherever it stands", () => {
  fc.assert(
    fc.property(fc.array(wholeNumber), fc.string(), (numbers, text) => {
      const written = `{"a":[${numbers.join(",")}],"b":{${JSON.stringify(text)}:[${numbers.join(",")}]}}`;
      expect(writeJson(parseJson(written))).toBe(written);
    }),
  );
});

test("any JSON is written as JSON.stringify writes it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(writeJson(copyJson(value))).toBe(JSON.stringify(value));
    }),
  );
});

test("digits in text are text", () => {
  expect(parseJson('{"9007199254740993":"9007199254740993"}')).toEqual({ "9007199254740993": "9007199254740993" });
});

test("a number is a bigint only where it must be", () => {
  expect(["0", "-0", "9007199254740991", "9007199254740992", "-9007199254740993"].map(readWholeNumber)).toEqual([
    0,
    0,
    9007199254740991,
    9007199254740992n,
    -9007199254740993n,
  ]);
});

test("what has a fraction, an exponent or more than 64 bits is rounded as float64 is", () => {
  const text = "[9007199254740993.5,9007199254740993e0,9223372036854775808,-9223372036854775809]";
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test("what is written with an indentation is laid out as JSON.stringify lays it out", () => {
  expect(writeJson({ a: [1n, 2] }, 2)).toBe(JSON.stringify({ a: [1, 2] }, undefined, 2));
});

test("a cycle is refused", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(() => writeJson(cycle)).toThrow(TypeError);
});
