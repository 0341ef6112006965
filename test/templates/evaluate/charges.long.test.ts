import { describe, expect, test } from "@jest/globals";
import type { TemplateFunction } from "../../../templates/library/function.ts";
import { keyUnits } from "../../../templates/library/keys.ts";
import { charged, underchargeOf } from "./charges.ts";
import { functions, largeCalls } from "./large-calls.ts";

/** They hand on what they are given, or look at no more of it than its kind. */
const free = `all and any call coalesce default empty fail first hello kindOf last list mustFirst mustLast not now or plural required
  ternary tuple typeOf unixEpoch`;

/** They state more bytes than they make: no list at all, few of many entries, or short texts. */
const generous = "has mustHas pick urlParse";

function withoutBytes(definition: TemplateFunction): TemplateFunction {
  return { ...definition, cost: (...given) => ({ ...definition.cost(...given), makes: 0 }) };
}

/** Whether the function states the bytes of its output before it runs, for some large call. */
function statesBytes(definition: TemplateFunction): boolean {
  let bytes = 0;
  const watched: TemplateFunction = {
    ...definition,
    cost: (...given) => {
      const cost = definition.cost(...given);
      bytes = Math.max(bytes, cost.makes ?? 0);
      return cost;
    },
  };
  for (const call of largeCalls(definition)) charged(watched, call, 3000);
  return bytes > 500;
}

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

  test("is found out where the bytes that it states are taken out", () => {
    const stating = functions.filter((one) => statesBytes(one));
    const unnoticed = stating.filter((one) => underchargeOf(withoutBytes(one), 3000) === undefined);
    expect(stating.map(({ name }) => name)).toContain("regexReplaceAll");
    expect(unnoticed.map(({ name }) => name).toSorted()).toEqual(generous.split(" "));
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
