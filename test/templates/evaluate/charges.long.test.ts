import { describe, expect, test } from "@jest/globals";
import type { TemplateFunction } from "../../../templates/library/function.ts";
import { keyUnits } from "../../../templates/library/keys.ts";
import { underchargeOf } from "./charges.ts";
import { functions } from "./large-calls.ts";

/** They hand on what they are given, or look at no more of it than its kind. */
const free = `all and any call coalesce default empty fail first hello kindOf last list mustFirst mustLast not now or plural required
  ternary tuple typeOf unixEpoch`;

function withoutCharge(definition: TemplateFunction): TemplateFunction {
  return { ...definition, cost: () => ({ units: 0, makes: 0 }) };
}

describe("every function", () => {
  test.each(functions.map((one) => [one.name, one] as const))(
    "is charged for what it reads and makes: %s",
    (_, one) => {
      expect(underchargeOf(one, 3000)).toBeUndefined();
    },
  );

  test("is found out where its charge is taken out, but for those that go over nothing", () => {
    const unnoticed = functions.filter((one) => underchargeOf(withoutCharge(one), 3000) === undefined);
    expect(unnoticed.map(({ name }) => name).toSorted()).toEqual(free.split(/\s+/).toSorted());
  });

  test.each([
    ["rsa", 300_000],
    ["", 300_000],
    ["dsa", 80_000],
    ["ecdsa", 1_000],
    ["ed25519", 1_000],
  ])("that makes a key is charged by its type: %s", (type, least) => {
    expect(keyUnits(type)).toBeGreaterThanOrEqual(least);
  });
});
