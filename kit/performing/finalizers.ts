import { Conflict, NotFound } from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { Kube, KubeObject } from "../kube/port.ts";

/** The finalizer to add. */
export interface FinalizerMark {
  readonly finalizer: string;
  /** Annotations to set in the same write. */
  readonly annotations?: { readonly [key: string]: string } | undefined;
}

/**
 * Adds a finalizer, so that the deletion of the object waits for us.
 * Returns the object after the write; undefined if it changed or was deleted after it was read.
 */
export async function addFinalizer(
  kube: Kube,
  object: KubeObject,
  { finalizer, annotations = {} }: FinalizerMark,
): Promise<KubeObject | undefined> {
  const { finalizers = [], resourceVersion } = object.metadata;
  const marks = Object.keys(annotations).length === 0 ? {} : { annotations };
  try {
    return await kube.patch(keyOf(object), {
      metadata: { resourceVersion, finalizers: [...finalizers, finalizer], ...marks },
    });
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Removes a finalizer, whatever else changed. When the last one is removed, a deleted object goes. Safe to repeat. */
export async function removeFinalizer(kube: Kube, object: KubeObject, finalizer: string): Promise<void> {
  let current: KubeObject | undefined = object;
  while (current?.metadata.uid === object.metadata.uid && current?.metadata.finalizers?.includes(finalizer)) {
    const { finalizers, resourceVersion } = current.metadata;
    try {
      await kube.patch(keyOf(object), {
        metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== finalizer) },
      });
      return;
    } catch (error) {
      if (error instanceof NotFound) return;
      if (!(error instanceof Conflict)) throw error;
      current = await kube.get(keyOf(object));
    }
  }
}
