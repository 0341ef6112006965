import { expect, test } from "@jest/globals";
import { apply, makeWorld, rest, start } from "../worlds.ts";
import { type Cost, Ledger, simplePlug, simpleSocket } from "./budget.ts";
import { servedNamespace } from "./manifests.ts";

const where = { app: "app", db: "db" };

async function costOf(couplings: number): Promise<Cost> {
  const world = await makeWorld({ rbac: true });
  const { kube } = world.cluster;
  for (const name of ["app", "db"]) await world.cluster.load(servedNamespace(name));
  const ledger = new Ledger();
  const plugboard = await start(world, { kube: ledger.through(kube) });
  await apply(kube, simpleSocket(where));
  await rest(world, plugboard);
  ledger.clear();
  for (let index = 0; index < couplings; index += 1) await apply(kube, simplePlug(where, `plug-${index}`));
  await rest(world, plugboard);
  const secrets = world.cluster
    .objects()
    .filter(({ kind, metadata }) => kind === "Secret" && metadata.namespace === "app");
  expect(secrets).toHaveLength(couplings);
  await plugboard.stop();
  expect(world.broken).toEqual([]);
  return ledger.costOf(couplings);
}

test("one simple coupling costs at most 20 API requests, at most 11 of them writes, and one Event", async () => {
  const { requests, writes, events } = await costOf(1);
  expect(requests).toBeLessThanOrEqual(20);
  expect(writes).toBeLessThanOrEqual(11);
  expect(events).toBe(1);
});

test.each([10, 1_000])(
  "each of %i couplings to one socket costs what a single one costs",
  async (couplings) => {
    expect(await costOf(couplings)).toEqual(await costOf(1));
  },
  120_000,
);
