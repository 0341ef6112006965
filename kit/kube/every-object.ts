import { Forbidden } from "../errors.ts";
import type { Kube, KubeObject, ListQuery } from "./port.ts";

/** All objects of a query, page by page. */
export async function everyObject(kube: Kube, query: ListQuery): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let token: string | undefined;
  do {
    const page = await kube.list({ ...query, limit: 500, continue: token });
    found.push(...page.items);
    token = page.continue;
  } while (token !== undefined);
  return found;
}

/**
 * The uid of a cluster, with which events and snapshots name it.
 * Undefined for an operator of a few namespaces that may not read namespace kube-system.
 */
export async function readClusterUid(kube: Kube): Promise<string | undefined> {
  try {
    const system = await kube.getMetadata({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
    return system?.metadata.uid;
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}
