import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { loadJobs } from "../../../functions/render-jobs/render-jobs.ts";
import { Renderer } from "../../../functions/render-jobs/renderer.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { limits, type Spent } from "../../../templates/evaluate/budget.ts";
import { bringToLife } from "../../samples/living-sample.ts";
import { sampleManifests, samples } from "../../samples/sample-files.ts";
import { recordedScenarios } from "../../scenarios/parity/scenarios.ts";

// A hand-moved clock waits for nothing to be loaded.
await loadJobs();

const faults = fileURLToPath(new URL("../../reported/", import.meta.url));
/** Made to take more than there is. */
const hostile = ["slow-template-holds-everybody.yaml", "large-outcome.yaml"];

function faultManifests(file: string): readonly KubeObject[] {
  return loadAll(readFileSync(faults + file, "utf8")).map((object) => object as KubeObject);
}

const forms: readonly (readonly [string, readonly KubeObject[]])[] = [
  ...samples.map((name) => [`sample ${name}`, sampleManifests(name)] as const),
  ...readdirSync(faults)
    .filter((file) => file.endsWith(".yaml") && !hostile.includes(file))
    .map((file) => [file, faultManifests(file)] as const),
  ...recordedScenarios().map(({ name, steps }) => [name, steps.flatMap(({ apply = [] }) => apply)] as const),
];

describe("what has been published", () => {
  test.each(forms)("takes less than a tenth of what one stage may render: %s", async (_, manifests) => {
    const most: { -readonly [Resource in keyof Spent]: Spent[Resource] } = { units: 0, bytes: 0 };
    let timeouts = 0;
    await using renderer = new Renderer({
      spent: ({ units, bytes }) => {
        most.units = Math.max(most.units, units);
        most.bytes = Math.max(most.bytes, bytes);
      },
      timedOut: () => {
        timeouts += 1;
      },
    });
    const { comesTrue, stop } = await bringToLife(manifests, { renderer });
    await comesTrue(async () => false);
    await stop();
    expect(most.units).toBeLessThan(limits.units / 10);
    expect(most.bytes).toBeLessThan(limits.bytes / 10);
    expect(timeouts).toBe(0);
  });
});
