import { Conflict, NotFound } from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { Kube, KubeObject } from "../kube/port.ts";

/** What claims an object. */
export interface FinalizerMark {
  readonly finalizer: string;
  /** What else is to be noted on it, in the same write. */
  readonly annotations?: { readonly [key: string]: string } | undefined;
}

/** Puts a finalizer on an object, so that its deletion waits for us: the object as it is then; undefined when it was changed or went since it was read. */
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

/** Takes a finalizer off, whatever else was changed meanwhile: with the last one off a deleted object goes. Safe to repeat. */
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
