import { Forbidden } from "../errors.ts";
import type { Kube } from "./port.ts";

/** The uid of a cluster, by which events and snapshots name it. Undefined for who serves a few namespaces only and may not see namespace kube-system. */
export async function readClusterUid(kube: Kube): Promise<string | undefined> {
  try {
    const system = await kube.getMetadata({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
    return system?.metadata.uid;
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}
