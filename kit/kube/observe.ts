import { faultyKube, type KubeRequest } from "./intercept.ts";
import type { Kube, KubeObject } from "./port.ts";

/** A write that took effect. */
export interface Written {
  readonly request: KubeRequest;
  /** The object as it is after it; absent for deletions. */
  readonly object: KubeObject | undefined;
}

/** The same cluster, with `hear` told of every write that took effect, in their order. */
export function observedKube(kube: Kube, hear: (written: Written) => void): Kube {
  return faultyKube(kube, async (request, perform) => {
    const result = await perform();
    if (request.write) hear({ request, object: isObject(result) ? result : undefined });
    return result;
  });
}

/** The same cluster until the signal aborts: from then on nothing is asked of it any more. */
export function fencedKube(kube: Kube, signal: AbortSignal, refusal: () => Error): Kube {
  return faultyKube(kube, async (_request, perform) => {
    if (signal.aborted) throw refusal();
    return await perform();
  });
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === "object" && value !== null && "metadata" in value && "kind" in value;
}
