import { AlreadyExists, Conflict, type OperatorError, Throttled, Timeout, Unavailable } from "../../../kit/errors.ts";
import type { Intercept, KubeRequest } from "../../../kit/kube/intercept.ts";
import type { MemoryCluster } from "../../../kit/memory/cluster.ts";

/** A way in which one request goes wrong. */
export type Fault = "409" | "500" | "429" | "answer lost" | "watches dropped" | "history expired";

export const faults: readonly Fault[] = ["409", "500", "429", "answer lost", "watches dropped", "history expired"];

/** Lets a request go wrong, and as many after it as `times` says. Requests count from 1; `writes` counts writes alone. */
export interface FaultAt {
  readonly fault: Fault;
  readonly request: number;
  readonly of: "all" | "writes";
  readonly times: number;
}

/** Stands between a process and its cluster, and lets things go wrong once. */
export function failingAt({ fault, request: first, of, times }: FaultAt): (cluster: MemoryCluster) => Intercept {
  return (cluster) => {
    let requests = 0;
    return async (request, perform) => {
      if (of === "all" || request.write) requests += 1;
      const concerned = of === "all" || request.write;
      if (!concerned || requests < first || requests >= first + times) return perform();
      return goWrong(cluster, fault, request, perform);
    };
  };
}

async function goWrong<T>(
  { faults: cluster }: MemoryCluster,
  fault: Fault,
  request: KubeRequest,
  perform: () => Promise<T>,
): Promise<T> {
  if (fault === "watches dropped") cluster.dropWatches();
  if (fault === "history expired") {
    cluster.expire();
    cluster.dropWatches();
  }
  const error = errorOf(fault, request);
  if (error === undefined) return perform();
  if (fault === "answer lost") await perform();
  throw error;
}

function errorOf(fault: Fault, { verb, kind, write }: KubeRequest): OperatorError | undefined {
  const what = `${verb} of ${kind}`;
  switch (fault) {
    case "409":
      if (!write) return undefined;
      return verb === "create" ? new AlreadyExists(what) : new Conflict(what);
    case "500":
      return new Unavailable(what);
    case "429":
      return new Throttled(what, 3);
    case "answer lost":
      return new Timeout(what);
    default:
      return undefined;
  }
}
