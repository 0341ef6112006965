import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { KubeObject } from "../../kit/kube/port.ts";

const folder = join(import.meta.dirname, "../../samples");

/** The samples made of manifests. */
export const samples = ["hello", "postgres", "every-field"] as const;
export type SampleName = (typeof samples)[number];

/** The path of a sample, as kubectl takes it. */
export function sampleFolder(sample: SampleName): string {
  return join(folder, sample);
}

/** The manifests of a sample in the order in which `kubectl apply -f` takes them: file by file, by name. */
export function sampleManifests(sample: SampleName): readonly KubeObject[] {
  return namesIn(sample, ".yaml").flatMap((name) =>
    loadAll(readFileSync(join(folder, sample, name), "utf8")).map((object) => object as KubeObject),
  );
}

/** The sample events, by the name of their file without its ending. */
export function sampleEvents(): ReadonlyMap<string, unknown> {
  return new Map(["events", "events/plug", "events/socket"].flatMap(eventsIn));
}

/** The sample events of an ApiServerSource for the lifecycle function, by the name of their file without its ending. */
export function lifecycleSamples(): ReadonlyMap<string, unknown> {
  return new Map(eventsIn("events/lifecycle"));
}

function eventsIn(sample: string): readonly (readonly [name: string, event: unknown])[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, sample, name), "utf8"));
  return namesIn(sample, ".json").map((name) => [name.slice(0, -".json".length), read(name)]);
}

function namesIn(sample: string, ending: string): readonly string[] {
  return readdirSync(join(folder, sample))
    .filter((name) => name.endsWith(ending))
    .toSorted();
}
