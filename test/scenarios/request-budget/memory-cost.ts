import { expect } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { servedNamespace } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";
import { type Cost, Ledger, simplePlug, simpleSocket } from "./budget.ts";

const where = { app: "app", db: "db" };

/** What each of so many couplings to one socket costs, in memory; and then its end. */
export async function costOf(couplings: number): Promise<{ readonly coupling: Cost; readonly decoupling: Cost }> {
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
  const coupling = ledger.costOf(couplings);
  ledger.clear();
  for (let index = 0; index < couplings; index += 1)
    await kube.delete({ apiVersion, kind: "Plug", namespace: "app", name: `plug-${index}` });
  await rest(world, plugboard);
  const left = world.cluster.objects().map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  expect(left.filter((what) => /^Plug |^(Secret|ConfigMap) (app|db)\/plug-/.test(what))).toEqual([]);
  await plugboard.stop();
  expect(world.broken).toEqual([]);
  return { coupling, decoupling: ledger.costOf(couplings) };
}
