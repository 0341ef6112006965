import { type Clock, systemClock } from "../clock.ts";
import { serviceAccountUser } from "../kube/keys.ts";
import type { Kube, ServiceAccountName } from "../kube/port.ts";
import { KnownObjects } from "./answers/known-objects.ts";
import { type CallerParts, createApiCaller, type RequestFact } from "./api-caller.ts";
import { createCredentials } from "./config/credentials.ts";
import type { KubeConfig } from "./config/kube-config.ts";
import { createReads } from "./reads.ts";
import { createDiscovery } from "./resources/discovery.ts";
import { discoveryReads, pathReader, type ReadPath } from "./resources/path-reader.ts";
import { keepConnections } from "./transport/connections.ts";
import { createTransport } from "./transport/transport.ts";
import { type WatchLimits, watchLive } from "./watch.ts";
import { createWrites } from "./writes.ts";

/** The cluster, the user and the limits. */
export interface LiveKubeOptions {
  /** Its current context gives the address and the user (see loadKubeConfig). */
  readonly kubeConfig: KubeConfig;
  readonly userAgent: string;
  /** The timeout of one request in milliseconds, with the wait for a connection. Default 15,000. */
  readonly requestTimeoutMilliseconds?: number;
  /** The most concurrent requests, without watches. Default 32. */
  readonly connections?: number;
  /**
   * Time without data after which a watch is ended, in milliseconds.
   * Default 150,000: the API server sends a bookmark each minute.
   */
  readonly watchSilenceMilliseconds?: number;
  /** Called after each request, for counters. */
  readonly onRequest?: (fact: RequestFact) => void;
  readonly clock?: Clock;
}

/** A cluster that is reached over the network. */
export interface LiveKube extends Kube {
  /** Reads a path that is not a resource, with the same credentials. @throws the failure of a refusal */
  readonly readPath: ReadPath;
  /** Interrupts requests in progress and closes all connections. */
  close(): Promise<void>;
}

const oneMebibyte = 1_048_576;
const watchLimits = { serverSeconds: 300, silenceMilliseconds: 150_000, maximumBytes: 8 * oneMebibyte };

interface KubeParts extends CallerParts {
  readonly known: KnownObjects;
}

/** The Kube port for a cluster's API server. Connects at the first use. Every write is sent at most once. */
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
  const known = new KnownObjects();
  const parts = { transport, discovery, clock, headers, onRequest, known };
  const kube = createKube(parts, { ...watchLimits, silenceMilliseconds });
  const readPath = pathReader({ transport, headers, clock, onRequest });
  return { ...kube, readPath, close: () => connections.close() };
}

function createKube(parts: KubeParts, limits: WatchLimits): Kube {
  const caller = createApiCaller(parts);
  return {
    served: (kind) => parts.discovery.find(kind),
    ...createReads(caller, parts.known),
    ...createWrites(caller),
    watch: (query) => watchLive(caller, query, limits),
    as: (serviceAccount) => createKube({ ...parts, headers: impersonating(parts.headers, serviceAccount) }, limits),
  };
}

/**
 * The API server adds the groups of a service account if none are named.
 * The right to impersonate it covers no other header.
 */
function impersonating(headers: CallerParts["headers"], serviceAccount: ServiceAccountName): CallerParts["headers"] {
  return { ...headers, "impersonate-user": serviceAccountUser(serviceAccount) };
}
