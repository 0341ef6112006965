import type { Kube, KubeObject, ObjectKey } from "./port.ts";

/**
 * The cluster, with objects that are known: `read` returns them, as they were seen last or are about to be.
 * Objects that it does not return, and all reads as a service account, come from the cluster.
 */
export function readingFirst(kube: Kube, read: (key: ObjectKey) => KubeObject | undefined): Kube {
  return {
    get: async (key) => read(key) ?? (await kube.get(key)),
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
