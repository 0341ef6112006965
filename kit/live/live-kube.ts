import { type Clock, systemClock } from "../clock.ts";
import type { Kube, ServiceAccountName } from "../kube/port.ts";
import { serviceAccountUser } from "../kube/service-account-name.ts";
import { type CallerParts, createApiCaller, type RequestFact } from "./api-caller.ts";
import { createCredentials } from "./config/credentials.ts";
import type { KubeConfig } from "./config/kube-config.ts";
import { createReads } from "./reads.ts";
import { createDiscovery } from "./resources/discovery.ts";
import { pathReader, type ReadPath } from "./resources/path-reader.ts";
import { discoveryReads } from "./resources/resource-reader.ts";
import { keepConnections } from "./transport/connections.ts";
import { createTransport } from "./transport/transport.ts";
import { type WatchLimits, watchLive } from "./watch.ts";
import { createWrites } from "./writes.ts";

/** Which cluster, as whom, and within which bounds. */
export interface LiveKubeOptions {
  /** Its current context says where the cluster is and who we are (see loadKubeConfig). */
  readonly kubeConfig: KubeConfig;
  readonly userAgent: string;
  /** How long one request may take, waiting for a connection included. Default 15 s. */
  readonly requestTimeoutMilliseconds?: number;
  /** How many requests are on their way at once, watches apart. Default 32. */
  readonly connections?: number;
  /** A watch without a word for so long is ended. Default 150 s: the API server sends a bookmark each minute. */
  readonly watchSilenceMilliseconds?: number;
  /** Called after each request, for counters. */
  readonly onRequest?: (fact: RequestFact) => void;
  readonly clock?: Clock;
}

/** A cluster reached over the network. */
export interface LiveKube extends Kube {
  /** Reads what is no resource, with the same credentials. @throws what the answer stands for */
  readonly readPath: ReadPath;
  /** Breaks off what is on its way and closes all connections. */
  close(): Promise<void>;
}

const oneMebibyte = 1_048_576;
const watchLimits = { serverSeconds: 300, silenceMilliseconds: 150_000, maximumBytes: 8 * oneMebibyte };

/** The Kube port on a cluster's API server. Connects on first use; every write is sent at most once. */
export function createLiveKube(options: LiveKubeOptions): LiveKube {
  const clock = options.clock ?? systemClock;
  const credentials = createCredentials(options.kubeConfig, clock);
  const requestTimeoutMilliseconds = options.requestTimeoutMilliseconds ?? 15_000;
  const connections = keepConnections(credentials, {
    connections: options.connections ?? 32,
    connectTimeoutMilliseconds: Math.min(5_000, requestTimeoutMilliseconds),
  });
  const transport = createTransport({ credentials, connections, clock, requestTimeoutMilliseconds });
  const headers = { "user-agent": options.userAgent };
  const onRequest = options.onRequest ?? (() => undefined);
  const discovery = createDiscovery(discoveryReads({ transport, headers, clock, onRequest }), clock);
  const silenceMilliseconds = options.watchSilenceMilliseconds ?? watchLimits.silenceMilliseconds;
  const kube = createKube({ transport, discovery, clock, headers, onRequest }, { ...watchLimits, silenceMilliseconds });
  const readPath = pathReader({ transport, headers, clock, onRequest });
  return { ...kube, readPath, close: () => connections.close() };
}

function createKube(parts: CallerParts, limits: WatchLimits): Kube {
  const caller = createApiCaller(parts);
  return {
    served: (kind) => parts.discovery.find(kind),
    ...createReads(caller),
    ...createWrites(caller),
    watch: (query) => watchLive(caller, query, limits),
    as: (serviceAccount) => createKube({ ...parts, headers: impersonating(parts.headers, serviceAccount) }, limits),
  };
}

/** The API server itself adds a service account's groups when none are named: a right to act as one takes no other header. */
function impersonating(headers: CallerParts["headers"], serviceAccount: ServiceAccountName): CallerParts["headers"] {
  return { ...headers, "impersonate-user": serviceAccountUser(serviceAccount) };
}
