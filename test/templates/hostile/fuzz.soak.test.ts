import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cases, keysOf, misbehaviour, placements } from "./fuzz.ts";

describe("200000 random templates on random data", () => {
  test("crash nothing, hang nothing and reach nothing but their data", () => {
    fc.assert(
      fc.property(cases, (given) => {
        expect(misbehaviour(given)).toBeUndefined();
      }),
      { numRuns: 200000 },
    );
  }, 3_600_000);

  test("place random text where it can be nothing but text", () => {
    fc.assert(
      fc.property(placements, (given) => {
        expect(keysOf(given)).toBe("1 a,z");
      }),
      { numRuns: 50000 },
    );
  }, 3_600_000);
});
