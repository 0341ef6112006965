import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { typed } from "../../cli/terminal.ts";
import { namespace } from "../../worlds/manifests.ts";
import { asRecorded, inOwnNamespaces, ownScenarios, recordedScenarios, type Scenario, seenWorld } from "./scenarios.ts";

const folder = mkdtempSync(join(tmpdir(), "parity-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `plugboard dev --once` begins with all that was applied so far; its world is that of the last step before anything is patched or deleted. */
describe("from the same manifests in files, `plugboard dev` makes the same world", () => {
  test.each([...recordedScenarios(), ...ownScenarios()])("$name", async ({ name, worlds, ...scenario }) => {
    const namespaces = [`${name}-app`, `${name}-db`];
    const [manifests, steps] = appliedFirst({ name, worlds, ...scenario });
    const file = join(folder, `${name}.json`);
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [...namespaces.map(namespace), ...manifests] }),
    );
    const { stdout } = await typed("dev", file, "--once", "-o", "json");
    const { items } = JSON.parse(stdout) as { items: readonly KubeObject[] };
    expect(asRecorded(seenWorld(items, namespaces), name)).toEqual(worlds[steps - 1]);
  });
});

function appliedFirst(scenario: Scenario): readonly [readonly KubeObject[], number] {
  const { steps } = inOwnNamespaces(scenario, scenario.name);
  const edited = steps.findIndex(({ patch, delete: gone }) => patch !== undefined || gone !== undefined);
  const count = edited < 0 ? steps.length : edited;
  const applied = new Map(
    steps
      .slice(0, count)
      .flatMap(({ apply = [] }) => apply)
      .map((object) => [`${object.kind}/${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
  return [[...applied.values()], count];
}
