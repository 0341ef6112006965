import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { readDescriptor } from "../../../cli/deploy/descriptor.ts";

const root = new URL("../../../", import.meta.url);
const text = readFileSync(new URL("serverless.yaml", root), "utf8");
const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL("eventing/broker/serverless.schema.json", root), "utf8")),
);

describe("serverless.yaml", () => {
  test("names its schema for editors, and is as that says", () => {
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./eventing/broker/serverless.schema.json");
    expect([validate(load(text)), validate.errors]).toEqual([true, null]);
  });

  test.each([
    ["a right nobody has heard of", "socket.sync", { rights: { served: { plugs: ["read"] } } }],
    [
      "a trigger without its delivery",
      "plug.couple",
      { events: [{ trigger: { filters: [{ exact: { type: "a" } }] } }] },
    ],
    [
      "a filter of two dialects",
      "plug.couple",
      { events: [{ trigger: { filters: [{ exact: { type: "a" }, prefix: { type: "a" } }] } }] },
    ],
    ["a slip of the pen", "plug.couple", { memmory: "256Mi" }],
    ["memory without a unit that is known", "plug.couple", { memory: "256MB" }],
  ])("may not have %s", (_, name, change) => {
    const changed = structuredClone(load(text)) as { functions: { [name: string]: object } };
    changed.functions[name] = { ...changed.functions[name], ...change };
    expect(validate(changed)).toBe(false);
  });

  test("gives every stage a delivery whose timeout outlasts its claim", () => {
    for (const { timeoutSeconds } of readDescriptor().functions) expect(timeoutSeconds).toBeGreaterThanOrEqual(60);
  });
});
