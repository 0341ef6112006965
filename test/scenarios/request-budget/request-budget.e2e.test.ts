import { expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";
import { isCoupledPlug } from "../life/looks.ts";
import { Ledger, simplePlug, simpleSocket } from "./budget.ts";

async function allCoupled(life: ClusterLife, couplings: number): Promise<boolean> {
  const { items } = await life.kube.list({ apiVersion, kind: "Plug", namespace: life.app });
  return items.length === couplings && items.map(parsePlug).every(isCoupledPlug);
}

test.each([1, 10, 100])(
  "on a real API server each of %i couplings costs at most 20 requests, at most 11 of them writes",
  async (couplings) => {
    const ledger = new Ledger();
    const life = await beginOnCluster((kube) => ledger.through(kube), {}, { as: "one for all" });
    try {
      await life.apply(simpleSocket(life));
      await life.rest();
      ledger.clear();
      const names = Array.from({ length: couplings }, (_, index) => `plug-${index}`);
      await Promise.all(names.map((name) => life.apply(simplePlug(life, name))));
      await life.until("all coupled", () => allCoupled(life, couplings));
      await life.rest();
      const { requests, writes, events } = ledger.costOf(couplings);
      expect(requests).toBeLessThanOrEqual(20);
      expect(writes).toBeLessThanOrEqual(11);
      expect(events).toBe(1);
    } finally {
      await life.stop();
    }
  },
);
