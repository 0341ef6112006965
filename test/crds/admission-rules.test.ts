import { describe, expect, test } from "@jest/globals";
import { admits } from "../../crds/coupling/admission-rules.ts";
import type { SocketNamespaceSelector, SocketValidation } from "../../crds/socket/socket.generated.ts";

function judged(
  validation: SocketValidation | undefined,
  name: string,
  labels?: { readonly [key: string]: string },
): string {
  return admits(validation, { name, labels }).kind;
}

describe("a socket's rules", () => {
  test.each([undefined, {}, { namespaceWhitelist: [], namespaceBlacklist: [] }, { namespaceSelector: {} }])(
    "admit everyone where they say nothing (%j)",
    (validation) => {
      expect(judged(validation, "any")).toBe("admitted");
    },
  );

  test.each([
    [["app"], "app", "admitted"],
    [["app"], "my-app", "refused"],
    [["app"], "application", "refused"],
    [["app-1", "app-2"], "app-2", "admitted"],
    [["^.*-app$"], "my-app", "admitted"],
    [["^.*-app$"], "app", "refused"],
    [["a.p"], "xx-app-xx", "admitted"],
    [["^app"], "application", "admitted"],
    [["(?i)^APP$"], "app", "admitted"],
  ])("with whitelist %j meet namespace %s: %s", (namespaceWhitelist, name, verdict) => {
    expect(judged({ namespaceWhitelist }, name)).toBe(verdict);
  });

  test.each([
    [["app"], "my-app", "refused"],
    [["app$"], "application", "admitted"],
    [["^app$"], "my-app", "admitted"],
    [["x", "^app$"], "app", "refused"],
  ])("with blacklist %j meet namespace %s: %s", (namespaceBlacklist, name, verdict) => {
    expect(judged({ namespaceBlacklist }, name)).toBe(verdict);
  });

  test("refuse who is on both lists", () => {
    expect(judged({ namespaceWhitelist: ["app"], namespaceBlacklist: ["^app$"] }, "app")).toBe("refused");
  });

  const selectors: readonly (readonly [SocketNamespaceSelector, string])[] = [
    [{ matchLabels: { team: "data" } }, "admitted"],
    [{ matchLabels: { team: "data", tier: "gold" } }, "refused"],
    [{ matchLabels: { constructor: "x" } }, "refused"],
    [{ matchExpressions: [{ key: "team", operator: "In", values: ["web", "data"] }] }, "admitted"],
    [{ matchExpressions: [{ key: "team", operator: "NotIn", values: ["data"] }] }, "refused"],
    [{ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["gold"] }] }, "admitted"],
    [{ matchExpressions: [{ key: "team", operator: "Exists" }] }, "admitted"],
    [{ matchExpressions: [{ key: "toString", operator: "Exists" }] }, "refused"],
    [{ matchExpressions: [{ key: "team", operator: "DoesNotExist" }] }, "refused"],
    [{ matchLabels: { team: "data" }, matchExpressions: [{ key: "tier", operator: "Exists" }] }, "refused"],
  ];

  test.each(selectors)("with selector %j meet a namespace labelled team=data: %s", (namespaceSelector, verdict) => {
    expect(judged({ namespaceSelector }, "app", { team: "data" })).toBe(verdict);
  });

  test("refuse by the selector who passes both lists", () => {
    const namespaceSelector = { matchLabels: { team: "data" } };
    expect(judged({ namespaceWhitelist: ["app"], namespaceSelector }, "app", {})).toBe("refused");
  });

  test("say why, in words for the plug's owner", () => {
    expect(admits({ namespaceWhitelist: ["db"] }, { name: "app" })).toEqual({
      kind: "refused",
      why: "namespace app is not on the socket's whitelist",
    });
  });

  test.each([["("], ["(?=app)"], ["a{2000}"], ["\\1"]])("are broken by %s, which is no pattern of Go's", (pattern) => {
    expect(admits({ namespaceBlacklist: ["^x$", pattern] }, { name: "x" })).toEqual({
      kind: "broken",
      problems: [expect.stringContaining("spec.validation.namespaceBlacklist[1]: ")],
    });
  });

  test("are broken by every rule that cannot be judged, all named at once", () => {
    const validation: SocketValidation = {
      namespaceWhitelist: ["[", "app"],
      namespaceBlacklist: ["("],
      namespaceSelector: { matchExpressions: [{ key: "team", operator: "In" }] },
    };
    const admission = admits(validation, { name: "app" });
    expect(admission).toMatchObject({ kind: "broken" });
    expect(admission.kind === "broken" && admission.problems).toHaveLength(3);
  });
});
