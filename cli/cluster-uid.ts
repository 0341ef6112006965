import { Forbidden } from "../kit/errors.ts";
import type { Kube } from "../kit/kube.ts";

/** By what events name a cluster. Who serves a few namespaces only may not be let to see it: then they name none. */
export async function readClusterUid(kube: Kube): Promise<string> {
  try {
    const system = await kube.getMetadata({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
    return system?.metadata.uid ?? "unknown";
  } catch (error) {
    if (error instanceof Forbidden) return "unknown";
    throw error;
  }
}
