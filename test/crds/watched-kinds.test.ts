import { expect, test } from "@jest/globals";
import { plugKind } from "../../crds/plug/kind.ts";
import { newPlug } from "./decision/situations.ts";

const kind = plugKind({
  operatorNamespace: "plugboard",
  serveNamespaces: [],
  namespaces: undefined,
  clusterUid: "here",
});

test("a status has a limited number of kinds watched, however many it names", () => {
  const names = Array.from({ length: 10_000 }, (_, n) => n);
  const made = names.map((n) => ({ role: "applied", apiVersion: "v1", kind: "ConfigMap", name: `made-${n}` }) as const);
  const many = names.map(
    (n) => ({ role: "awaited", apiVersion: `g${n}.example.com/v1`, kind: `K${n}`, name: "x" }) as const,
  );
  const found = kind.references?.(newPlug({ status: { refs: [...made, ...many] } })) ?? [];
  expect(new Set(found.map((ref) => `${ref.apiVersion} ${ref.kind}`)).size).toBe(200);
  expect(found.filter((ref) => ref.kind === "ConfigMap")).toHaveLength(made.length);
});
