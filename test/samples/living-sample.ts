import { startInProcess } from "../../cli/operate/in-process.ts";
import { crdDocuments } from "../../crds/documents.ts";
import type { Renderer } from "../../functions/render-jobs/renderer.ts";
import type { Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryClusterOptions } from "../../kit/memory/cluster.ts";
import { handClock } from "../worlds/hand-clock.ts";
import { conditionOf } from "../worlds/looks.ts";
import { plugKey } from "../worlds/manifests.ts";

/** A sample in an in-memory cluster that judges service accounts by their Roles, with Plugboard at work on it. */
export interface LivingSample {
  readonly kube: Kube;
  /** The sample's plug, or undefined once it is gone. */
  plug(): Promise<KubeObject | undefined>;
  /** Lets time pass until the claim holds; false when it does not within a quarter of a minute of the cluster's time. */
  comesTrue(claim: () => Promise<boolean>): Promise<boolean>;
  stop(): Promise<void>;
}

const patienceSeconds = 15;

/** Puts manifests into a fresh cluster and starts Plugboard on it. */
export async function bringToLife(
  manifests: readonly KubeObject[],
  { renderer, ...options }: Pick<MemoryClusterOptions, "holdJobs"> & { readonly renderer?: Renderer } = {},
): Promise<LivingSample> {
  const clock = handClock();
  const { kube, load } = createMemoryCluster({ clock, rbac: true, ...options });
  await load([...crdDocuments(), operatorNamespace, ...manifests], "kubectl");
  const { stop } = await startInProcess({
    kube,
    clock,
    holder: "test",
    operatorNamespace: operatorNamespace.metadata.name,
    caughtUp: () => true,
    random: () => 0.999,
    renderer,
    failed: (error) => {
      throw error;
    },
  });
  const passUntil = async (ended: () => boolean | Promise<boolean>): Promise<boolean> => {
    for (let halves = 0; halves < 2 * patienceSeconds; halves += 1) {
      if (await ended()) return true;
      await clock.advance(500);
    }
    return false;
  };
  return {
    kube,
    plug: () => kube.get(samplePlugKey(manifests)),
    comesTrue: passUntil,
    async stop() {
      let stopped = false;
      const stopping = stop().then(() => {
        stopped = true;
      });
      await passUntil(() => stopped);
      await stopping;
    },
  };
}

const operatorNamespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "plugboard" } };

/** Names the plug of a sample. */
export function samplePlugKey(manifests: readonly KubeObject[]): ObjectKey {
  const { namespace, name } = manifests.find(({ kind }) => kind === "Plug")?.metadata ?? { name: "" };
  return plugKey(name, namespace);
}

/** Whether a plug is coupled and has everything of its present generation. */
export function isReady(plug: KubeObject | undefined): boolean {
  const ready = conditionOf(plug, "Ready");
  return ready.status === "True" && ready.observedGeneration === plug?.metadata.generation;
}

/** What a Secret or ConfigMap holds, in plain text. */
export async function contentsOf(kube: Kube, kind: string, namespace: string, name: string): Promise<unknown> {
  const data = (await kube.get({ apiVersion: "v1", kind, namespace, name }))?.["data"];
  if (kind !== "Secret" || typeof data !== "object" || data === null) return data;
  const plain = Object.entries(data).map(([key, text]) => [key, Buffer.from(String(text), "base64").toString()]);
  return Object.fromEntries(plain);
}
