import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { Unavailable } from "../../errors.ts";
import type { Access, Credentials } from "../config/credentials.ts";

/**
 * Connections to one API server: a limited number that requests share, and one for each watch.
 * They use HTTP/1.1: with HTTP/2 a request takes undici half as much processor time again (0.15 ms instead of 0.10),
 * and writes are not faster.
 */
export interface Connections {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/**
 * Keeps connections for the valid credentials.
 * New certificates get new connections; requests on the old ones finish.
 */
export interface ConnectionKeeper {
  /** @throws Unavailable after close */
  for(access: Access): Connections;
  close(): Promise<void>;
}

/** The limits of the connections. */
export interface ConnectionLimits {
  /** The most concurrent requests; others wait. */
  readonly connections: number;
  readonly connectTimeoutMilliseconds: number;
}

/** The kernel probes an idle connection after this time, so that a dead one is found within half a minute. */
const tcpProbeAfterMilliseconds = 20_000;
/** kube-apiserver closes idle connections after 90 s. */
const keepIdleForMilliseconds = 60_000;

/** Makes the keeper of one cluster's connections. Connects at the first request. */
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

/** Lets requests finish. Watches end automatically, because the server closes each after some minutes. */
function retire(connections: Connections): void {
  for (const dispatcher of [connections.requests, connections.watches]) {
    dispatcher.close().catch(() => undefined);
  }
}
