import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { Kept } from "../../../kit/memory/storage/kept.ts";

const labels = fc.dictionary(fc.constantFrom("a", "b", "constructor"), fc.constantFrom("", "x", "y"));
const place = fc.record({ namespace: fc.constantFrom(undefined, "n", "n-2"), name: fc.constantFrom("p", "q", "r") });
const write = fc.record({ place, labels: fc.option(labels, { nil: undefined }), gone: fc.boolean() });
const label = fc.constantFrom("a", "b", "constructor", "a=x", "a=", "b=y");

/** What a list is without any index. */
function plainly(
  objects: ReadonlyMap<string, KubeObject>,
  asked: { namespace?: string; labels: readonly string[] },
): unknown {
  const bears = ({ metadata }: KubeObject): boolean =>
    asked.labels.every((one) => {
      const [key = "", value] = one.split("=");
      const has = Object.hasOwn(metadata.labels ?? {}, key);
      return has && (value === undefined || metadata.labels?.[key] === value);
    });
  return [...objects.keys()]
    .toSorted()
    .flatMap((key) => objects.get(key) ?? [])
    .filter(
      (object) => (asked.namespace === undefined || object.metadata.namespace === asked.namespace) && bears(object),
    );
}

test("whatever was written before, a list by labels has every object that bears them, as it is now and in order", () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 30 }), fc.array(label, { maxLength: 2 }), (writes, asked) => {
      const kept = new Kept();
      const objects = new Map<string, KubeObject>();
      for (const [index, { place: at, labels: borne, gone }] of writes.entries()) {
        const metadata = { ...(at.namespace === undefined ? {} : { namespace: at.namespace }), name: at.name };
        const uid = String(index);
        const object: KubeObject = {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { ...metadata, uid, ...(borne === undefined ? {} : { labels: borne }) },
        };
        const key = `${at.namespace ?? ""}\u0000${at.name}`;
        if (gone) kept.delete(object);
        else kept.set(object);
        if (gone) objects.delete(key);
        else objects.set(key, object);
      }
      for (const part of [{}, { namespace: "n" }, { namespace: "n-2" }]) {
        const expected = plainly(objects, { ...part, labels: asked });
        const listed = kept.list({ ...part, labels: asked });
        expect(listed.filter((object) => (expected as readonly KubeObject[]).includes(object))).toEqual(expected);
        if (asked.length === 1) expect(listed).toEqual(expected);
      }
    }),
  );
});
