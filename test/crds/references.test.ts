import { expect, test } from "@jest/globals";
import { listsApplied } from "../../crds/coupling/references.ts";
import type { KubeObject, ObjectKey } from "../../kit/kube/port.ts";

const job = { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "a" };
const plugWith = (status?: object): KubeObject => ({
  apiVersion: "integration.rock8s.com/v1beta1",
  kind: "Plug",
  metadata: { name: "p", namespace: "app" },
  ...(status === undefined ? {} : { status }),
});

test.each<readonly [string, object | undefined, ObjectKey, boolean]>([
  ["what it applied", { refs: [{ role: "applied", ...job }] }, job, true],
  ["that in another version", { refs: [{ role: "applied", ...job }] }, { ...job, apiVersion: "batch/v1beta1" }, true],
  ["not what it only reads", { refs: [{ role: "input", ...job }] }, job, false],
  ["not another object", { refs: [{ role: "applied", ...job }] }, { ...job, name: "b" }, false],
  ["nothing where it has no inventory", {}, job, false],
  ["nothing where it has no status", undefined, job, false],
])("a status lists %s", (_what, status, key, expected) => {
  expect(listsApplied(plugWith(status), key)).toBe(expected);
});
