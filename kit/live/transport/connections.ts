import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { Unavailable } from "../../errors.ts";
import type { Access, Credentials } from "../config/credentials.ts";

/** Connections to one API server: a bounded number that requests share, and one for each watch. They speak HTTP/1.1: over HTTP/2 a request
 * costs undici half as much processor time again (0.15 ms against 0.10), and writes are no faster. */
export interface Connections {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** Keeps connections for the credentials in force; new certificates get new connections, what runs on the old ones ends in peace. */
export interface ConnectionKeeper {
  /** @throws Unavailable once it is closed */
  for(access: Access): Connections;
  close(): Promise<void>;
}

/** Bounds of the connections kept. */
export interface ConnectionLimits {
  /** How many requests are on their way at once; the rest wait their turn. */
  readonly connections: number;
  readonly connectTimeoutMilliseconds: number;
}

/** The kernel probes an idle connection after this long, so that a dead one is noticed within half a minute. */
const tcpProbeAfterMilliseconds = 20_000;
/** kube-apiserver closes idle connections after 90 s. */
const keepIdleForMilliseconds = 60_000;

/** Makes the keeper of one cluster's connections; nothing is connected before the first request. */
export function keepConnections(credentials: Credentials, limits: ConnectionLimits): ConnectionKeeper {
  let identity: string | undefined;
  let connections: Connections | undefined;
  let closed = false;

  return {
    for(access) {
      if (closed) throw new Unavailable("this connection to the cluster is closed");
      if (connections !== undefined && access.tlsIdentity === identity) return connections;
      if (connections !== undefined) retire(connections);
      identity = access.tlsIdentity;
      connections = {
        requests: open(credentials, access, limits, limits.connections),
        watches: open(credentials, access, limits, undefined),
      };
      return connections;
    },
    async close() {
      closed = true;
      await Promise.all([connections?.requests.destroy(), connections?.watches.destroy()]);
    },
  };
}

function open(
  { origin, proxyUrl }: Credentials,
  { tls }: Access,
  limits: ConnectionLimits,
  connections: number | undefined,
): Dispatcher {
  const connect = {
    ...tls,
    timeout: limits.connectTimeoutMilliseconds,
    keepAlive: true,
    keepAliveInitialDelay: tcpProbeAfterMilliseconds,
  };
  const options = {
    ...(connections !== undefined && { connections }),
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepIdleForMilliseconds,
  };
  if (proxyUrl !== undefined) return new ProxyAgent({ ...options, uri: proxyUrl, requestTls: tls });
  return new Pool(origin, { ...options, connect });
}

/** Lets what is on its way finish; watches then end by themselves, as the server closes each after some minutes. */
function retire(connections: Connections): void {
  for (const dispatcher of [connections.requests, connections.watches]) {
    dispatcher.close().catch(() => undefined);
  }
}
