import { describe, expect, test } from "@jest/globals";
import { withoutIgnored } from "../../../functions/resources/ignored-fields.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";

const object: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop", annotations: { "example.com/note": "ours" } },
  spec: {
    replicas: 2,
    ports: [
      { port: 80, nodePort: 30_080 },
      { port: 443, nodePort: 30_443 },
    ],
    args: ["a", "b"],
  },
};

function left(ignore: readonly string[], fieldsV1: Record<string, unknown> = {}): unknown {
  const managedFields = [{ manager: "us", operation: "Apply", fieldsV1 }];
  const { metadata, spec } = withoutIgnored(object, {
    ignore,
    seen: { name: "web", managedFields },
    fieldManager: "us",
  });
  return { annotations: metadata.annotations, ...(spec as object) };
}

const { annotations } = object.metadata;
const spec = object["spec"] as Record<string, unknown>;
const whole = { annotations, ...spec };

describe("what is ignored of an object that is there", () => {
  test.each([
    ["a field", ["spec.replicas"], { ...whole, replicas: undefined }],
    ["a field whose name has a dot", ["metadata.annotations.example\\.com/note"], { ...whole, annotations: {} }],
    [
      "a field of one item",
      ["spec.ports[1].nodePort"],
      { ...whole, ports: [{ port: 80, nodePort: 30_080 }, { port: 443 }] },
    ],
    [
      "a field of one item, as a name",
      ["spec.ports.1.nodePort"],
      { ...whole, ports: [{ port: 80, nodePort: 30_080 }, { port: 443 }] },
    ],
    ["a field of every item", ["spec.ports.*.nodePort"], { ...whole, ports: [{ port: 80 }, { port: 443 }] }],
    ["an item", ["spec.args[0]"], { ...whole, args: ["b"] }],
    ["several", ["spec.replicas", "spec.args"], { ...whole, replicas: undefined, args: undefined }],
    ["nothing that is not there", ["spec.other.deep", "spec.replicas.deep", "spec.args[7]", "status", ""], whole],
    [
      "nothing that an object cannot be applied without",
      ["apiVersion", "kind", "metadata.name", "metadata.namespace"],
      whole,
    ],
  ])("%s", (_what, ignore, expected) => {
    expect(left(ignore)).toEqual(expected);
  });

  test.each([
    ["a field", ["spec.replicas"], { "f:spec": { "f:replicas": {} } }],
    [
      "a field of an item, by its key",
      ["spec.ports[0].nodePort"],
      { "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:nodePort": {}, "f:port": {} } } } },
    ],
    ["an item, by its value", ["spec.args[0]"], { "f:spec": { "f:args": { 'v:"a"': {} } } }],
    ["a field below one that is ours as a whole", ["spec.ports[0].nodePort"], { "f:spec": { "f:ports": {} } }],
  ])("%s is applied as long as it is ours", (_what, ignore, fields) => {
    expect(left(ignore, fields)).toEqual(whole);
  });

  test("of an item, whichever of its keys are left to defaults, that is ours", () => {
    const key = (port: number, protocol: string): string => `k:{"port":${port},"protocol":"${protocol}"}`;
    const field = { "f:nodePort": {} };
    const others = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [key(n, "TCP"), {}]));
    const owned = { ...others, [key(443, "UDP")]: field, [key(80, "TCP")]: field };
    expect(left(["spec.ports.*.nodePort"], { "f:spec": { "f:ports": owned } })).toEqual(whole);
    const { [key(443, "UDP")]: _gone, ...less } = owned;
    expect(left(["spec.ports.*.nodePort"], { "f:spec": { "f:ports": less } })).toEqual({
      ...whole,
      ports: [{ port: 80, nodePort: 30_080 }, { port: 443 }],
    });
  });

  test("an object that is not there is made whole", () => {
    expect(withoutIgnored(object, { ignore: ["spec"], seen: undefined, fieldManager: "us" })).toBe(object);
  });
});
