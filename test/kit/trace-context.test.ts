import { describe, expect, test } from "@jest/globals";
import { versionOfOwner, visibleAnnotations } from "../../crds/coupling/versions.ts";
import { traced } from "../../crds/due/observed.ts";
import { annotations } from "../../crds/names.ts";
import { parseTraceparent, spanNamed, traceOf, traceOfEvent, writeTraceparent } from "../../kit/trace-context.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";
const traceparent = `00-${id}-${parent}-01`;
const annotated = { name: "app", uid: "u-1", generation: 1, annotations: { [annotations.traceparent]: traceparent } };

describe("a traceparent", () => {
  test("is read, and written with another parent", () => {
    const trace = parseTraceparent(traceparent);
    expect(trace).toEqual({ id, parent, flags: "01" });
    expect(writeTraceparent({ id, parent, flags: "00" }, "ab".repeat(8))).toBe(`00-${id}-${"ab".repeat(8)}-00`);
  });

  test("of a version to come is read as far as it is known", () => {
    expect(parseTraceparent(`01-${id}-${parent}-01-what-comes`)).toEqual({ id, parent, flags: "01" });
  });

  test.each([
    undefined,
    7,
    "",
    `00-${id}-${parent}`,
    `00-${id.toUpperCase()}-${parent}-01`,
    `00-${"0".repeat(32)}-${parent}-01`,
    `00-${id}-${"0".repeat(16)}-01`,
    `00-${id}-${parent}-01-more`,
    `ff-${id}-${parent}-01`,
    `00-${id}-${parent}-01\r\nx: y`,
  ])("is not %j", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe("the trace of an object", () => {
  test("is that of its annotation, else one that follows from uid and generation", () => {
    expect(traceOf(traced(annotated)).id).toBe(id);
    const derived = traceOf({ uid: "u-1", generation: 1 });
    expect(parseTraceparent(writeTraceparent(derived, derived.parent))).toEqual(derived);
    expect(traceOf({ uid: "u-1", generation: 1, traceparent: "nonsense" })).toEqual(derived);
    expect(traceOf({ uid: "u-1", generation: 2 }).id).not.toBe(derived.id);
  });

  test("is no part of its version, and no template sees it", () => {
    const metadata = { name: "app", resourceVersion: "7", generation: 1 };
    expect(versionOfOwner({ ...metadata, annotations: annotated.annotations })).toBe(versionOfOwner({ ...metadata }));
    expect(visibleAnnotations(annotated.annotations)).toEqual({});
  });
});

describe("the trace of an event", () => {
  const derived = traceOf({ uid: "u-1", generation: 3 });

  test("is its own, and only without one that of the header it came with", () => {
    const header = writeTraceparent({ ...derived, id: "ab".repeat(16) }, parent);
    expect(traceOfEvent({ traceparent }, header)).toEqual({ id, parent, flags: "01", callers: true });
    expect(traceOfEvent({}, header)).toMatchObject({ id: "ab".repeat(16), callers: true });
  });

  test("is nobody's but the object's where it follows from the object", () => {
    const own = writeTraceparent(derived, spanNamed("any"));
    expect(traceOfEvent({ uid: "u-1", generation: "3", traceparent: own })).toMatchObject({ callers: false });
    expect(traceOfEvent({ uid: "u-1", generation: "3" })).toMatchObject({ id: derived.id, callers: false });
    expect(traceOfEvent({})).toBeUndefined();
  });
});
