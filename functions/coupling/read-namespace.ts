import { namespaceByName } from "../../crds/namespace/by-name.ts";
import { Forbidden } from "../../kit/errors.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";

/** A namespace; undefined when it is gone; by name alone where it may not be read. */
export async function readNamespace(kube: Kube, name: string): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ apiVersion: "v1", kind: "Namespace", name });
  } catch (error) {
    if (error instanceof Forbidden) return namespaceByName(name);
    throw error;
  }
}
