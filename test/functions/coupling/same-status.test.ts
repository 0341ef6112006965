import { expect, test } from "@jest/globals";
import { sameStatus } from "../../../functions/coupling/status.ts";

const condition = { type: "Ready", status: "True" };

test.each([
  ["nothing and nothing", undefined, {}],
  ["another order of fields", { a: 1, b: { c: [condition] } }, { b: { c: [{ status: "True", type: "Ready" }] }, a: 1 }],
  ["a field that is undefined", { a: 1 }, { a: 1, b: undefined }],
  ["whole numbers of 64 bits", { a: 2n ** 60n }, { a: 2n ** 60n }],
])("statuses are the same: %s", (_, one, other) => {
  expect(sameStatus(one, other)).toBe(true);
  expect(sameStatus(other, one ?? {})).toBe(true);
});

test.each([
  ["a field more", { a: 1 }, { a: 1, b: 2 }],
  ["another field", { a: 1 }, { b: 1 }],
  ["another order of a list", { a: [1, 2] }, { a: [2, 1] }],
  ["a longer list", { a: [1] }, { a: [1, 1] }],
  ["a list and a map", { a: ["x"] }, { a: { 0: "x" } }],
  ["an empty list and an empty map", { a: [] }, { a: {} }],
  ["null and nothing", { a: null }, {}],
  ["a text and a number", { a: "1" }, { a: 1 }],
  ["a deep difference", { a: { b: [condition] } }, { a: { b: [{ ...condition, status: "False" }] } }],
  ["what every object inherits", { toString: 1 }, { a: 1 }],
])("statuses differ: %s", (_, one, other) => {
  expect(sameStatus(one, other)).toBe(false);
  expect(sameStatus(other, one)).toBe(false);
});
