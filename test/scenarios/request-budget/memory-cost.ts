import { expect } from "@jest/globals";
import { servedNamespace } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";
import { type Cost, Ledger, simplePlug, simpleSocket } from "./budget.ts";

const where = { app: "app", db: "db" };

/** What each of so many couplings to one socket costs, in memory. */
export async function costOf(couplings: number): Promise<Cost> {
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
