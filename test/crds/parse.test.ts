import { describe, expect, test } from "@jest/globals";
import { parseDeferredResource } from "../../crds/deferred-resource/parse.ts";
import { parsePlug } from "../../crds/plug/parse.ts";
import { parseSocket } from "../../crds/socket/parse.ts";
import { InvalidInput } from "../../kit/errors.ts";

const apiVersion = "integration.rock8s.com/v1beta1";
const metadata = { name: "one", namespace: "app", uid: "u-1", resourceVersion: "7", generation: 1 };
const plug = { apiVersion, kind: "Plug", metadata, spec: { socket: { name: "sock" } } };
const socket = { apiVersion, kind: "Socket", metadata, spec: { interface: { config: { plug: { v: {} } } } } };

/** A plug as integration-operator left it when coupled. */
const formerPlug = {
  ...plug,
  metadata: {
    ...metadata,
    creationTimestamp: "2026-11-21T00:39:28Z",
    finalizers: ["integration.rock8s.com/finalizer"],
    managedFields: [{ manager: "user", operation: "Apply", fieldsV1: { "f:spec": {} } }],
  },
  spec: {
    config: { v: "1" },
    resources: [
      { do: "apply", template: { apiVersion: "v1", kind: "ConfigMap" }, retainWhenDecoupled: true, when: ["coupled"] },
    ],
    socket: { name: "sock", namespace: "db" },
  },
  status: {
    conditions: [
      {
        type: "Coupled",
        status: "True",
        reason: "CouplingSucceeded",
        message: "coupling succeeded",
        observedGeneration: 1,
      },
    ],
    coupledResult: { observedGeneration: 1 },
    coupledSocket: { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid: "u-2" },
  },
};

describe("what is stored well", () => {
  test("is parsed without a copy", () => {
    expect(parsePlug(plug)).toBe(plug);
    expect(parseSocket(socket)).toBe(socket);
    expect(parsePlug(formerPlug)).toBe(formerPlug);
  });

  test("may have fields that no schema names, which stay as they are", () => {
    const strange = { ...plug, spec: { ...plug.spec, later: [1] }, status: { later: { x: null } }, more: true };
    expect(parsePlug(strange)).toBe(strange);
  });

  test("of a socket may have no spec, which is then empty", () => {
    expect(parseSocket({ apiVersion, kind: "Socket", metadata }).spec).toEqual({});
  });

  test("keeps a spec as its author wrote it: what is not given is not filled in", () => {
    const entry = { template: { kind: "Job" } };
    expect(parsePlug({ ...plug, spec: { ...plug.spec, resources: [entry] } }).spec.resources).toEqual([entry]);
  });

  test("counts a field that is null as absent, but keeps null where a template has it", () => {
    const template = { spec: { nothing: null } };
    const parsed = parsePlug({
      ...plug,
      spec: { ...plug.spec, config: null, data: { a: null, b: "x" }, resources: [{ template, do: null }] },
    });
    expect(parsed.spec).toEqual({ socket: { name: "sock" }, data: { b: "x" }, resources: [{ template }] });
  });

  test("of a deferred resource is parsed too", () => {
    const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: {} };
    const deferred = { apiVersion, kind: "DeferredResource", metadata, spec: { timeout: 5, resource } };
    expect(parseDeferredResource(deferred).spec.resource["data"]).toEqual({});
  });
});

describe("what is malformed", () => {
  test.each([
    [{ spec: { socket: {} } }, "spec.socket.name: is required"],
    [{ spec: undefined }, "spec: is required"],
    [
      { spec: { ...plug.spec, config: { port: 8080 } } },
      "spec.config.port: expected a string (quote it), got a number",
    ],
    [
      { spec: { ...plug.spec, config: { "a.b": true } } },
      'spec.config["a.b"]: expected a string (quote it), got a boolean',
    ],
    [{ spec: { ...plug.spec, config: ["x"] } }, "spec.config: expected an object, got a list"],
    [
      { spec: { ...plug.spec, resources: [{ do: "destroy" }] } },
      "spec.resources[0].do: expected one of apply, delete, recreate",
    ],
    [
      { spec: { ...plug.spec, resources: [{ when: "coupled" }] } },
      "spec.resources[0].when: expected an array, got a string",
    ],
    [{ spec: { ...plug.spec, resources: [null] } }, "spec.resources[0]: expected an object, got nothing"],
    [{ spec: { ...plug.spec, vars: [{ name: "x" }] } }, "spec.vars[0].objref: is required"],
    [{ status: { revision: 1.5 } }, "status.revision: expected an integer, got a number"],
    [{ metadata: { ...metadata, uid: undefined } }, "metadata.uid: is required"],
    [{ metadata: { ...metadata, labels: { a: 1 } } }, "metadata.labels.a: expected a string"],
    [{ kind: "Socket" }, "kind: expected one of Plug"],
    [{ apiVersion: "v1" }, `apiVersion: expected one of ${apiVersion}`],
  ])("as in %j is refused by its path", (change, problem) => {
    expect(() => parsePlug({ ...plug, ...change })).toThrow(InvalidInput);
    expect(() => parsePlug({ ...plug, ...change })).toThrow(problem);
  });

  test("is refused with all its problems at once, and the object's name", () => {
    const spec = { socket: {}, config: { a: 1, b: 2 }, epoch: 3 };
    expect(() => parsePlug({ ...plug, spec })).toThrow(
      "Plug app/one is malformed: spec.socket.name: is required; spec.config.a: expected a string (quote it), got a number; " +
        "spec.config.b: expected a string (quote it), got a number; spec.epoch: expected a string (quote it), got a number",
    );
  });

  test("is refused without showing a value", () => {
    expect(() => parsePlug({ ...plug, spec: { ...plug.spec, config: { pin: 90210 } } })).not.toThrow("90210");
  });

  test.each([undefined, null, 5, "plug", [], {}])("is %j", (object) => {
    expect(() => parsePlug(object)).toThrow(InvalidInput);
  });

  test("is not made well by what an object inherits", () => {
    expect(() => parsePlug({ ...plug, spec: Object.create({ socket: { name: "sock" } }) })).toThrow(
      "spec.socket: is required",
    );
  });
});
