import { Forbidden } from "../errors.ts";
import { faultyKube } from "./intercept.ts";
import type { Kube } from "./port.ts";

/** The same cluster, closed to writes. */
export function readOnly(kube: Kube): Kube {
  return faultyKube(kube, async (request, perform) => {
    if (request.write) throw new Forbidden(`a dry run writes nothing, not even ${request.kind} ${request.name}`);
    return await perform();
  });
}
