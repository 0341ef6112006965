import { describe, expect, test } from "@jest/globals";
import { forget } from "../../../cli/takeover/forget.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { typed } from "../../cli/terminal.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

const map = (name: string): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const socket: KubeObject = socketWith("sock", {
  resources: [
    { template: map("for-{% .plug.metadata.name %}") },
    { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
  ],
});
const plug: KubeObject = plugWith("orders", {
  socket: { name: "sock", namespace: "db" },
  resources: [{ template: map("own") }],
});

/** A coupling whose plug has gone without its decouple. */
async function orphaned(): Promise<World> {
  const world = await coupled();
  await world.cluster.kube.patch(plugKey("orders"), { metadata: { finalizers: null } });
  await world.cluster.kube.delete(plugKey("orders"));
  await world.cluster.kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "own" });
  return world;
}

async function coupled(): Promise<World> {
  const world = await makeWorld();
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, plug);
  await rest(world, plugboard);
  await plugboard.stop();
  return world;
}

async function run({ cluster }: World, answer: boolean, name = "app/orders"): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const code = await forget(cluster.kube, {
    operatorNamespace,
    plug: name,
    agree: async (question) => {
      lines.push(question);
      return answer;
    },
    say: (line) => lines.push(line),
  });
  return { code, said: lines.join("\n") };
}

const secrets = ({ cluster }: World): number =>
  cluster.objects().filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === operatorNamespace)
    .length;
const objects = ({ cluster }: World): readonly string[] =>
  cluster
    .objects()
    .filter(({ kind }) => kind === "ConfigMap")
    .map(({ metadata }) => metadata.name);

describe("plugboard forget", () => {
  test("says what it would leave, and after a yes removes the snapshots alone", async () => {
    const world = await orphaned();
    const { code, said } = await run(world, true);
    expect(code).toBe(0);
    expect(said).toContain("Plug app/orders was coupled to socket db/sock (revision 1 of");
    expect(said).toContain("  leaves ConfigMap db/for-orders\n");
    expect(said).toContain("  leaves ConfigMap app/own (not found)\n");
    expect(said).not.toContain("dropped");
    expect(said).toContain("Forget plug app/orders?");
    expect(secrets(world)).toBe(0);
    const plugboard = await start(world);
    await world.clock.advance(3_600_000);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(objects(world)).toEqual(["for-orders"]);
  });

  test("changes nothing after a no", async () => {
    const world = await orphaned();
    expect((await run(world, false)).code).toBe(1);
    expect(secrets(world)).toBe(1);
  });

  test("refuses a plug that exists and uses its snapshot", async () => {
    const world = await coupled();
    await expect(run(world, true)).rejects.toThrow("plug app/orders exists and uses this snapshot");
    expect(secrets(world)).toBe(1);
  });

  test("says so where there is nothing to forget, and where the name is none", async () => {
    const world = await coupled();
    await expect(run(world, true, "app/other")).rejects.toThrow("namespace plugboard has no snapshot");
    await expect(run(world, true, "orders")).rejects.toThrow("orders: expected NAMESPACE/NAME of a plug");
  });

  test("asks for --yes where nobody can be asked", async () => {
    expect(await typed("forget", "app/orders")).toMatchObject({
      code: 2,
      stderr: "plugboard: no terminal to ask for confirmation: add --yes\n",
    });
  });
});
