import { expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";
import { isCoupledPlug } from "../life/looks.ts";
import { Ledger, simplePlug, simpleSocket } from "./budget.ts";

async function plugsOf({ kube, app }: ClusterLife): Promise<readonly KubeObject[]> {
  return (await kube.list({ apiVersion, kind: "Plug", namespace: app })).items;
}

async function allCoupled(life: ClusterLife, couplings: number): Promise<boolean> {
  const items = await plugsOf(life);
  return items.length === couplings && items.map(parsePlug).every(isCoupledPlug);
}

test.each([1, 10, 100])(
  "on a real API server each of %i couplings costs 8 writes, one Event, and no read; its end 7 writes and one Event",
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
      expect(ledger.costOf(couplings)).toEqual({ requests: 8, writes: 8, events: 1 });
      ledger.clear();
      await Promise.all(names.map((name) => life.kube.delete({ apiVersion, kind: "Plug", namespace: life.app, name })));
      await life.until("all gone", async () => (await plugsOf(life)).length === 0);
      await life.rest();
      expect(ledger.costOf(couplings)).toEqual({ requests: 7, writes: 7, events: 1 });
    } finally {
      await life.stop();
    }
  },
);
