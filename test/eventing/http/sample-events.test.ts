import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { functionNames } from "../../../cli/serve/served-functions.ts";
import { crdDocuments } from "../../../crds/documents.ts";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../kit/memory/cluster.ts";
import { lifecycleSamples, sampleEvents, sampleManifests } from "../../samples/sample-files.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { namespace } from "../../worlds/manifests.ts";
import { operatorNamespace } from "../../worlds/worlds.ts";
import { eventOf, modes, type Served, serveOn } from "./served.ts";

const events = sampleEvents();

/** What comes of the sample when each of its events is sent once, in the order of their names. */
const facts: ReadonlyMap<string, string> = new Map([
  ["plug.create", "plug.created"],
  ["plug.resolve-config", "plug.config-resolved"],
  ["socket.create", "socket.created"],
  ["socket.sync", "socket.synced"],
]);

async function freshCluster(): Promise<MemoryCluster> {
  const cluster = createMemoryCluster({ clock: handClock() });
  await cluster.load([...crdDocuments(), namespace(operatorNamespace), ...sampleManifests("postgres")]);
  return cluster;
}

describe.each(modes)("over HTTP in %s mode", (mode) => {
  let cluster: MemoryCluster;
  beforeAll(async () => {
    cluster = await freshCluster();
  });

  test.each([...events])("the function of a stage takes the sample event of its own: %s", async (stage, event) => {
    await using served = await serveOn({ kube: cluster.kube, names: functionNames.filter((name) => name === stage) });
    const answer = await served.post(event, mode);
    const fact = facts.get(stage);
    if (fact === undefined) {
      expect([answer.status, answer.headers["plugboard-why"]]).toEqual([204, expect.stringMatching(/[a-z]/)]);
      return;
    }
    expect(answer.status).toBe(200);
    const { kind, namespace: place, name, subject } = event as { readonly [attribute: string]: string };
    expect(eventOf(answer)).toMatchObject({
      type: `com.rock8s.integration.${fact}`,
      kind,
      namespace: place,
      name,
      subject,
    });
  });
});

describe.each(modes)("lifecycle, over HTTP in %s mode,", (mode) => {
  test.each([...lifecycleSamples()])("answers its sample event with the stage that is due: %s", async (name, event) => {
    const cluster = await freshCluster();
    await using served = await serveOn({ kube: cluster.kube, names: ["lifecycle"] });
    const [kind] = name.split(".");
    expect(eventOf(await served.post(event, mode))).toMatchObject({ type: `com.rock8s.integration.${kind}.create` });
  });
});

describe("the function of one stage", () => {
  let cluster: MemoryCluster;
  let before: readonly KubeObject[];
  const served = new Map<string, Served>();

  async function everything(): Promise<readonly KubeObject[]> {
    const lists = ["Plug", "Socket"].map((kind) => cluster.kube.list({ apiVersion, kind }));
    return (await Promise.all(lists)).flatMap(({ items }) => items);
  }

  beforeAll(async () => {
    cluster = await freshCluster();
    before = await everything();
    for (const name of functionNames) served.set(name, await serveOn({ kube: cluster.kube, names: [name] }));
  });
  afterAll(async () => {
    await Promise.all([...served.values()].map((one) => one.drain()));
  });

  test.each(functionNames)("refuses the sample events of all others, and changes nothing: %s", async (name) => {
    for (const [stage, event] of events)
      for (const mode of modes) {
        if (stage === name) continue;
        const answer = await served.get(name)?.post(event, mode);
        expect([stage, mode, answer?.status]).toEqual([stage, mode, 400]);
        expect(String(answer?.body)).toMatch(`this function is ${name} and takes `);
      }
    expect(await everything()).toEqual(before);
  });
});
