import { afterEach, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../kit/kube/port.ts";
import { conditionOf } from "../worlds/looks.ts";
import { bringToLife, contentsOf, isReady, type LivingSample, samplePlugKey } from "./living-sample.ts";
import { type SampleName, sampleManifests, samples } from "./sample-files.ts";

let sample: LivingSample;

afterEach(() => sample.stop());

describe("every sample", () => {
  test.each(samples)("couples with no rights but its own: %s", async (name) => {
    sample = await bringToLife(sampleManifests(name));
    await sample.comesTrue(async () => isReady(await sample.plug()));
    expect(conditionOf(await sample.plug(), "Ready")).toMatchObject({
      status: "True",
      message: expect.stringContaining("Coupled to socket"),
    });
  });

  test.each(samples)("lives a whole life with no rights but its own: %s", async (name) => {
    expect(await livesOn(sampleManifests(name))).toBe(true);
  });

  test.each(samples.flatMap((name) => rightsOf(name).map((right) => [name, right.title, right] as const)))(
    "needs each of its rights: %s, %s",
    async (name, _, right) => {
      expect(await livesOn(without(sampleManifests(name), right))).toBe(false);
    },
  );
});

describe("the hello sample", () => {
  test("makes one ConfigMap on each side", async () => {
    sample = await bringToLife(sampleManifests("hello"));
    await sample.comesTrue(async () => isReady(await sample.plug()));
    const { kube } = sample;
    expect(await contentsOf(kube, "ConfigMap", "hello", "heard")).toEqual({ text: "good morning, world" });
    expect(await contentsOf(kube, "ConfigMap", "hello", "met-visitor")).toEqual({ name: "world" });
  });
});

describe("the sample of every field", () => {
  test("leaves behind what it preserves and what decoupled and deleted make, and nothing else of the plug's", async () => {
    const manifests = sampleManifests("every-field");
    expect(await livesOn(manifests)).toBe(true);
    const given = manifests.flatMap(({ kind, metadata }) => (kind === "ConfigMap" ? [metadata.name] : []));
    const { items } = await sample.kube.list({ apiVersion: "v1", kind: "ConfigMap" });
    const left = items.map(({ metadata }) => metadata.name).filter((name) => !given.includes(name));
    const ofPlug = ["plug-decoupled", "plug-deleted", "plug-preserved", "plug-result-recreated", "plug-retained"];
    const ofSocket = [
      "socket-created",
      "socket-decoupled",
      "socket-preserved",
      "socket-result-recreated",
      "socket-retained",
    ];
    expect(left.toSorted()).toEqual([...ofPlug, ...ofSocket]);
  });
});

/** Couples, updates and ends a sample; whether all of that came about. */
async function livesOn(manifests: readonly KubeObject[]): Promise<boolean> {
  sample = await bringToLife(manifests);
  const plug = samplePlugKey(manifests);
  if (!(await sample.comesTrue(async () => isReady(await sample.plug())))) return false;
  await sample.kube.patch(plug, { spec: { epoch: "another" } });
  if (!(await sample.comesTrue(async () => isReady(await sample.plug())))) return false;
  await sample.kube.delete(plug);
  return sample.comesTrue(async () => (await sample.plug()) === undefined);
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Right {
  readonly title: string;
  readonly role: string;
  readonly rule: number;
  readonly verb: string;
}

function rightsOf(name: SampleName): readonly Right[] {
  return sampleManifests(name)
    .filter(({ kind }) => kind === "Role")
    .flatMap((role) =>
      rulesOf(role).flatMap(({ resources, verbs }, rule) =>
        verbs.map((verb) => ({
          title: `${role.metadata.name} may ${verb} ${resources.join(", ")}`,
          role: role.metadata.name,
          rule,
          verb,
        })),
      ),
    );
}

function without(manifests: readonly KubeObject[], { role, rule, verb }: Right): readonly KubeObject[] {
  return manifests.map((one) => {
    if (one.kind !== "Role" || one.metadata.name !== role) return one;
    const rules = rulesOf(one).map((each, index) =>
      index === rule ? { ...each, verbs: each.verbs.filter((held) => held !== verb) } : each,
    );
    return { ...one, rules };
  });
}

function rulesOf(role: KubeObject): readonly Rule[] {
  return role["rules"] as readonly Rule[];
}
