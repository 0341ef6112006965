import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { systemClock } from "../../../kit/clock.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../kit/live/live-kube.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import { installWidget } from "../contract/ground.ts";

interface Step {
  readonly manager: string;
  readonly write: "apply" | "force" | "patch";
  readonly fields: Record<string, unknown>;
  readonly labels: Record<string, string>;
}

const name = fc.constantFrom("a", "b", "c");
const word = fc.constantFrom("x", "y");
const fields = fc.record(
  {
    code: word,
    note: fc.constantFrom("x", "y", null),
    steps: fc.array(word, { maxLength: 2 }),
    tags: fc.uniqueArray(name, { maxLength: 2 }),
    socket: fc.record({ name: word }),
    extra: fc.dictionary(
      name,
      fc.oneof(word, fc.dictionary(name, word, { minKeys: 1, maxKeys: 2 }), fc.array(word, { maxLength: 2 })),
      { minKeys: 1, maxKeys: 2 },
    ),
    ports: fc.uniqueArray(fc.record({ name, number: fc.integer({ min: 1, max: 2 }) }, { requiredKeys: ["name"] }), {
      selector: (port) => port.name,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.record({
  manager: fc.constantFrom("ann", "bob"),
  write: fc.constantFrom("apply", "apply", "force", "patch"),
  fields,
  labels: fc.dictionary(name, word, { maxKeys: 2 }),
});

describe("whatever is applied and patched in whatever order", () => {
  const server = sharedApiServer();
  const memory = createMemoryCluster({ clock: systemClock }).kube;
  let live: Awaited<ReturnType<typeof createLiveKube>>;
  let namespace: string;
  let runs = 0;

  beforeAll(async () => {
    live = createLiveKube({ kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }), userAgent: "unknown" });
    namespace = await server.freshNamespace();
    await memory.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    for (const kube of [live, memory]) await installWidget(kube);
  });
  afterAll(() => live.close());

  test("the in-memory cluster and a real one come to the same object, the same owners and the same refusals", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        runs += 1;
        for (const each of steps) {
          const object = shaped(namespace, `w-${runs}`, each);
          expect(await outcome(memory, object, each)).toEqual(await outcome(live, object, each));
        }
      }),
      { numRuns: 100, seed: 11 },
    );
  });
});

/** Patches leave ports and extra alone, and maps are not given as empty: what the real server makes of the last item of a list, or the last
 * field of a map, in which another manager has a hand is null, and its own validation then refuses it. */
function shaped(namespace: string, name: string, { write, fields: given, labels }: Step): KubeObject {
  const left = write === "patch" ? ["ports", "extra"] : [];
  const fields = Object.fromEntries(Object.entries(given).filter(([field]) => !left.includes(field)));
  return {
    apiVersion: "contract.rock8s.com/v1",
    kind: "Widget",
    metadata: { namespace, name, labels },
    spec: { size: 1, ...fields },
  };
}

async function outcome(kube: Kube, object: KubeObject, { manager, write }: Step): Promise<unknown> {
  const { spec, metadata } = object;
  const writing =
    write === "patch"
      ? kube.patch(keyOf(object), { spec, metadata: { labels: metadata.labels } })
      : kube.apply(object, { fieldManager: manager, force: write === "force" });
  return writing.then(comparable, (error: Error) => error.name);
}

function comparable({ metadata, ...rest }: KubeObject): unknown {
  const applied = (metadata.managedFields ?? []).filter(({ operation }) => operation === "Apply");
  const owners = applied.map(({ manager, fieldsV1 }) => [manager, fieldsV1] as const);
  return {
    spec: unordered(rest["spec"]),
    labels: metadata.labels,
    generation: metadata.generation,
    owners: Object.fromEntries(owners),
  };
}

/** The order in which merged lists come is nobody's promise. */
function unordered(spec: unknown): unknown {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    ["tags", "ports"].includes(key) && Array.isArray(value)
      ? value.map((item) => JSON.stringify(item, Object.keys(Object(item)).toSorted())).toSorted()
      : value,
  );
}
