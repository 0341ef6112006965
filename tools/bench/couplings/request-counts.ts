/** How many requests the API server has answered, by verb and resource. */
export type RequestCounts = ReadonlyMap<string, number>;

const line = /^apiserver_request_total\{([^}]*)\} (\S+)$/gm;

/**
 * The requests in the metrics of an API server.
 * Watches are left out, which are counted when they end; and so are leases and what the API server asks of itself.
 */
export function requestCounts(metrics: string): RequestCounts {
  const counts = new Map<string, number>();
  for (const [, labels = "", value] of metrics.matchAll(line)) {
    const {
      verb = "",
      resource = "",
      subresource = "",
    } = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]));
    if (verb === "WATCH" || !countedResources.has(resource)) continue;
    const request = `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;
    counts.set(request, (counts.get(request) ?? 0) + Number(value));
  }
  return counts;
}

// Of the couplings that are measured; all others are the API server's own, discovery, or another controller's.
const countedResources = new Set(["plugs", "sockets", "secrets", "configmaps", "events", "serviceaccounts"]);

/** What was asked between two looks. */
export function requestsBetween(before: RequestCounts, after: RequestCounts): RequestCounts {
  const differences = [...after].map(([request, count]) => [request, count - (before.get(request) ?? 0)] as const);
  return new Map(differences.filter(([, count]) => count > 0));
}

export function total(counts: RequestCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
