import { Forbidden } from "../kit/errors.ts";
import { faultyKube } from "../kit/faulty-kube.ts";
import type { Kube } from "../kit/kube.ts";

/** The same cluster, closed to writes. */
export function readOnly(kube: Kube): Kube {
  return faultyKube(kube, async (request, perform) => {
    if (request.write) throw new Forbidden(`a dry run writes nothing, not even ${request.kind} ${request.name}`);
    return await perform();
  });
}
