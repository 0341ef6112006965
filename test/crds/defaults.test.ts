import { describe, expect, test } from "@jest/globals";
import { actionOf, engineOf, preserved, serviceAccountOf, whenOf } from "../../crds/coupling/defaults.ts";

describe("what is not given", () => {
  test("is coupled and updated, for when", () => {
    expect(whenOf({})).toEqual(["coupled", "updated"]);
    expect(whenOf({ when: ["deleted"] })).toEqual(["deleted"]);
    expect(whenOf({ when: [] })).toEqual([]);
  });

  test("is apply, for do", () => {
    expect([actionOf({}), actionOf({ do: "recreate" })]).toEqual(["apply", "recreate"]);
  });

  test("is the engine of the spec, and of that Go's", () => {
    expect(engineOf({})).toBe("go");
    expect(engineOf({ engine: "handlebars" }, {})).toBe("handlebars");
    expect(engineOf({ engine: "handlebars" }, { engine: "go" })).toBe("go");
  });

  test("is not preserved, under either name", () => {
    expect([
      preserved({}),
      preserved({ preserveWhenDecoupled: true }),
      preserved({ retainWhenDecoupled: true }),
    ]).toEqual([false, true, true]);
  });
});

test.each([undefined, ""])("a service account named %j is the default one", (serviceAccountName) => {
  const metadata = { name: "p", namespace: "app", uid: "u", resourceVersion: "1" };
  const spec = { socket: { name: "s" }, serviceAccountName };
  expect(serviceAccountOf({ apiVersion: "integration.rock8s.com/v1beta1", kind: "Plug", metadata, spec })).toBe(
    "default",
  );
});
