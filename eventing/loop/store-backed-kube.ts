import type { Kube } from "../../kit/kube/port.ts";
import type { ApiSource } from "./source.ts";

/**
 * The cluster, with objects of essential kinds read from the source's watches.
 * Such a read may be slightly stale.
 * Objects that the source does not show, and all reads as a service account, come from the cluster.
 */
export function storeBackedKube(kube: Kube, source: Pick<ApiSource, "read">): Kube {
  return {
    get: async (key) => source.read(key) ?? (await kube.get(key)),
    served: (kind) => kube.served(kind),
    getMetadata: (key) => kube.getMetadata(key),
    list: (query) => kube.list(query),
    create: (object, options) => kube.create(object, options),
    apply: (object, options) => kube.apply(object, options),
    patch: (key, patch) => kube.patch(key, patch),
    replaceStatus: (object) => kube.replaceStatus(object),
    delete: (key, options) => kube.delete(key, options),
    watch: (query) => kube.watch(query),
    as: (serviceAccount) => kube.as(serviceAccount),
  };
}
