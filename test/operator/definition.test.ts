import { expect, test } from "@jest/globals";
import { defineOperator } from "../../operator/operator.ts";

const good = {
  name: "some-operator",
  parent: { apiVersion: "example.com/v1", kind: "Some" },
  sync: () => ({ children: [] }),
};

test.each([
  ["not an object", 7, "defineOperator(): expected an object, found 7"],
  [
    "a name that is no label",
    { ...good, name: "Some Operator" },
    'defineOperator: name: expected a DNS label of at most 40 characters, found "Some Operator"',
  ],
  ["no parent", { ...good, parent: undefined }, "defineOperator: parent: expected an object, found nothing"],
  [
    "a parent without a kind",
    { ...good, parent: { apiVersion: "v1" } },
    "defineOperator: parent.kind: expected a kind such as Pod, found nothing",
  ],
  [
    "a plural for a kind",
    { ...good, children: { pods: { apiVersion: "v1", kind: "pods" } } },
    'defineOperator: children.pods.kind: expected a kind such as Pod, found "pods"',
  ],
  [
    "an update that does not exist",
    { ...good, children: { pods: { apiVersion: "v1", kind: "Pod", update: "replace" } } },
    'defineOperator: children.pods.update: expected apply, recreate or onDelete, found "replace"',
  ],
  [
    "one kind twice",
    { ...good, children: { a: { apiVersion: "v1", kind: "Pod" }, b: { apiVersion: "v1", kind: "Pod" } } },
    "defineOperator: children: a and b are both v1/Pod",
  ],
  [
    "its own kind as a child",
    { ...good, children: { a: good.parent } },
    "defineOperator: children.a: the parent's own kind, example.com/v1/Some, cannot be a child",
  ],
  ["no sync", { ...good, sync: undefined }, "defineOperator: sync: expected a function, found nothing"],
  [
    "related without reads",
    { ...good, related: () => ({}) },
    "defineOperator: related needs the kinds that it selects: add them to reads",
  ],
  [
    "a wait that is too long",
    { ...good, retryAtMostSeconds: 86_400 },
    "defineOperator: retryAtMostSeconds: expected a number of seconds from 1 to 21600, found 86400",
  ],
  [
    "a field that does not exist",
    { ...good, finalise: () => ({}) },
    "defineOperator: there is no field finalise; the fields are name, parent, children, reads, related, validate, sync, finalize, retryAtMostSeconds, timeoutSeconds",
  ],
])("%s is refused with what, where and what was expected", (_, definition, message) => {
  expect(() => defineOperator(definition as never)).toThrow(message);
});

test("a definition without optional fields has their defaults", () => {
  expect(defineOperator(good as never)).toMatchObject({ retryAtMostSeconds: 300, timeoutSeconds: 30, children: [] });
});
