import { describe, expect, test } from "@jest/globals";
import { takeover } from "../../../cli/takeover/takeover.ts";
import { namespace, plugKey, socketKey } from "../../worlds/manifests.ts";
import { makeWorld, operatorNamespace, type World } from "../../worlds/worlds.ts";
import { recordedObjects, restore } from "./recorded.ts";

async function left(name: "lifecycle" | "results"): Promise<World> {
  const world = await makeWorld();
  await world.cluster.load([`app-${name}`, `db-${name}`].map(namespace));
  await restore(world.cluster.kube, recordedObjects(name));
  return world;
}

async function said(
  { cluster, clock }: World,
  more: { readonly missingValues?: "error" } = {},
): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const options = { operatorNamespace, namespaces: undefined, clock, ...more };
  const code = await takeover(cluster.kube, options, (line) => lines.push(line));
  return { code, text: lines.join("\n") };
}

describe("plugboard takeover --dry-run", () => {
  test("names what would be looked after, and what the next update would change", async () => {
    const { code, text } = await said(await left("lifecycle"));
    expect(code).toBe(0);
    expect(text).toContain("plug app-lifecycle/p coupled to socket db-lifecycle/sock");
    expect(text).toMatch(/adopts .*ConfigMap app-lifecycle\/mine.*Job db-lifecycle\/job-p/);
    expect(text).toMatch(/next update: .*creates ConfigMap db-lifecycle\/updated.*recreates Job db-lifecycle\/job-p/);
    expect(text).not.toContain("changes ConfigMap app-lifecycle/mine");
  });

  test("says which edit nobody has performed yet", async () => {
    const world = await left("lifecycle");
    await world.cluster.kube.patch(plugKey("p", "app-lifecycle"), { spec: { config: { v: "9" } } });
    expect((await said(world)).text).toContain("changes ConfigMap app-lifecycle/mine");
  });

  test("says what cannot be rendered, and ends with 1", async () => {
    const world = await left("results");
    await world.cluster.kube.delete({ apiVersion: "v1", kind: "Secret", namespace: "db-results", name: "rs" });
    const { code, text } = await said(world);
    expect(code).toBe(1);
    expect(text).toMatch(/cannot be rendered.*rs/);
  });

  test("names a coupling that only the plug's own status tells of, and would not be taken over", async () => {
    const world = await left("lifecycle");
    const socket = socketKey("sock", "db-lifecycle");
    await world.cluster.kube.patch(socket, { spec: { validation: { namespaceBlacklist: ["app-lifecycle"] } } });
    const found = (await world.cluster.kube.get(socket)) ?? { ...socket, metadata: socket };
    await world.cluster.kube.replaceStatus({ ...found, status: {} });
    const { code, text } = await said(world);
    expect(code).toBe(1);
    expect(text).toMatch(/^plug app-lifecycle\/p\n {2}is not taken over: .*does not list it, and .*\n0 couplings/);
  });

  test("names what templates print although it is not there, and why", async () => {
    const world = await left("lifecycle");
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {make: '{% .plugConfig.make %}'}";
    const socket = socketKey("sock", "db-lifecycle");
    const spec = { interface: { config: { plug: { v: {} } } }, resources: [{ stringTemplate: text }] };
    await world.cluster.kube.patch(socket, { spec });
    await world.cluster.kube.patch(plugKey("p", "app-lifecycle"), { spec: { config: { make: "1" } } });
    const { text: told } = await said(world);
    expect(told).toContain("  MissingValue: socket spec.resources[0].stringTemplate: .plugConfig.make has no value;");
    expect(told).toContain("The socket's interface does not name plugConfig.make");
    expect((await said(world, { missingValues: "error" })).text).toMatch(
      /next update: nothing until this is corrected: .*\.plugConfig\.make has no value/,
    );
  });

  test("shows no secret", async () => {
    expect((await said(await left("results"))).text).not.toContain("secret-user");
  });

  test("writes nothing", async () => {
    const world = await left("lifecycle");
    const writes: unknown[] = [];
    world.cluster.onRequest((request) => void (request.write && writes.push(request)));
    await said(world);
    expect(writes).toEqual([]);
  });

  test("says so where there is nothing to take over", async () => {
    expect(await said(await makeWorld())).toEqual({ code: 0, text: "There is no coupling to take over." });
  });
});
