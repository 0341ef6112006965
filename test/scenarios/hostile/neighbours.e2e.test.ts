import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type Readiness, readinessOf } from "../../../cli/operate/readiness.ts";
import { apiVersion } from "../../../crds/names.ts";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { type Ground, provideIdentities } from "../../api-server/identities.ts";
import { connectTo } from "../../api-server/live-ground.ts";
import { plugboardCrds } from "../../api-server/shared-api-server.ts";
import { endProcesses } from "../chain/processes.ts";
import { endless, plug, socket, startPlugboard, ways } from "./neighbours.ts";

/** So many plugs of one namespace are in the renderer or wait for it while the others wait for a slot. */
const inFlightAtMost = 19;

let server: OwnApiServer;
let ground: Ground;
let kube: LiveKube;

beforeAll(async () => {
  server = await startApiServer({ crds: plugboardCrds() });
  ground = await provideIdentities(server);
  kube = await connectTo(server, "neighbours-test");
}, 60_000);

afterEach(endProcesses);

afterAll(async () => {
  await kube.close();
  await server.stop();
});

/** Resolves when so many plugs of a namespace are so. */
async function reached(namespace: string, count: number, isSo: (one: Readiness) => boolean): Promise<void> {
  const { items, resourceVersion } = await kube.list({ apiVersion, kind: "Plug", namespace });
  const found = new Set(items.filter((one) => isSo(readinessOf(one))).map(({ metadata }) => metadata.name));
  const ending = new AbortController();
  if (found.size >= count) return;
  for await (const event of kube.watch({
    apiVersion,
    kind: "Plug",
    namespace,
    resourceVersion,
    signal: ending.signal,
  })) {
    if (event.type === "BOOKMARK") continue;
    if (isSo(readinessOf(event.object))) found.add(event.object.metadata.name);
    if (found.size >= count) break;
  }
  ending.abort();
}

async function ended(namespace: string): Promise<number> {
  const { items } = await kube.list({ apiVersion, kind: "Plug", namespace });
  return items.filter((one) => readinessOf(one).reason === "TemplateError").length;
}

describe.each(ways)("plugboard %s", (way) => {
  test("couples plugs of another namespace, also one that makes a key, while one namespace's plugs are still in the renderer", async () => {
    const evil = `evil-${way}`;
    const calm = `calm-${way}`;
    for (const name of [evil, calm]) await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await startPlugboard(way, (account) => ground.kubeconfigOf(account));
    const crowd = Array.from({ length: 40 }, (_, index) =>
      plug(evil, `evil-${index}`, { configTemplate: { a: endless } }),
    );
    await server.apply([socket(evil), ...crowd]);
    // Some are in it now, and more wait for it.
    await reached(evil, 1, ({ reason }) => reason === "TemplateError");
    await server.apply([
      socket(calm),
      plug(calm, "victim"),
      plug(calm, "key", { configTemplate: { key: '{% genPrivateKey "ed25519" %}' } }),
    ]);
    await reached(calm, 2, ({ ready }) => ready);
    expect(await ended(evil)).toBeLessThan(inFlightAtMost);
  }, 180_000);
});
