import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { startInProcess } from "../../../cli/operate/in-process.ts";
import { crdDocuments } from "../../../crds/documents.ts";
import { apiVersion } from "../../../crds/names.ts";
import { readPlug } from "../../../crds/plug/parse.ts";
import { Renderer } from "../../../functions/render-jobs/renderer.ts";
import { systemClock } from "../../../kit/clock.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { limits } from "../../../templates/evaluate/budget.ts";
import { hostileManifests, hostileTemplates } from "./hostile-templates.ts";

const faults = fileURLToPath(new URL("../../reported/", import.meta.url));

function faultManifests(file: string): readonly KubeObject[] {
  return loadAll(readFileSync(faults + file, "utf8")).map((object) => object as KubeObject);
}

const operatorNamespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "plugboard" } };

const worlds: readonly (readonly [string, readonly KubeObject[]])[] = [
  ["a constraint of spaces, as reported", faultManifests("slow-template-holds-everybody.yaml")],
  ["a large outcome", faultManifests("large-outcome.yaml")],
  ...hostileTemplates.map(([name, engine, templates]) => [name, hostileManifests(engine, templates)] as const),
];

/** Plugs in the order in which they were ready, or had failed for good. */
async function settledIn(objects: readonly KubeObject[]): Promise<{
  readonly order: readonly string[];
  readonly reason: string;
  readonly timeouts: number;
}> {
  let timeouts = 0;
  await using renderer = new Renderer({
    timedOut: () => {
      timeouts += 1;
    },
  });
  const { kube, load } = createMemoryCluster({ clock: systemClock });
  await load([...crdDocuments(), operatorNamespace, ...objects], "kubectl");
  const ending = new AbortController();
  const { resourceVersion } = await kube.list({ apiVersion, kind: "Plug" });
  const watched = kube.watch({ apiVersion, kind: "Plug", resourceVersion, signal: ending.signal });
  const { stop } = await startInProcess({
    kube,
    clock: systemClock,
    holder: "test",
    operatorNamespace: "plugboard",
    renderer,
  });
  const order: string[] = [];
  let reason = "";
  for await (const event of watched) {
    if (event.type === "BOOKMARK") continue;
    const { metadata, status } = readPlug(event.object);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const ended =
      ready?.status === "True" || ["TemplateError", "TooLarge", "RenderTimeout"].includes(ready?.reason ?? "");
    if (!ended || order.includes(metadata.name)) continue;
    order.push(metadata.name);
    if (metadata.name === "evil") reason = ready?.status === "True" ? "coupled" : (ready?.reason ?? "");
    if (order.length === 2) break;
  }
  ending.abort();
  await stop();
  return { order, reason, timeouts };
}

describe("a plug of another namespace", () => {
  test.each(worlds)("couples beside %s", async (_, objects) => {
    const { order, reason, timeouts } = await settledIn(objects);
    expect(order.toSorted()).toEqual(["evil", "victim"]);
    expect(["coupled", "TemplateError", "TooLarge"]).toContain(reason);
    expect(timeouts).toBe(0);
  });

  test("is not held up by templates that take all that there is", async () => {
    const templates = { a: `{% range ${limits.units} %}{% end %}` };
    const { order, reason } = await settledIn(hostileManifests("go", templates));
    expect(order).toEqual(["victim", "evil"]);
    expect(reason).toBe("TemplateError");
  });
});
