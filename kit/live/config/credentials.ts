import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import type { Clock } from "../../clock.ts";
import { InvalidInput, Unavailable } from "../../errors.ts";
import { forgetful, type KubeConfig } from "./kube-config.ts";

/** The TLS settings of connections to the cluster. */
export interface TlsSettings {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** The credentials of a request. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** The same text for the same TLS settings. Other settings need new connections. */
  readonly tlsIdentity: string;
}

/** The credentials of one kubeconfig context, renewed when needed. */
export interface Credentials {
  /** The cluster's address, without a slash at the end. */
  readonly server: string;
  /** The address in two parts: some clusters are served below a path of a shared host. */
  readonly origin: string;
  readonly pathPrefix: string;
  readonly proxyUrl: string | undefined;
  /** The valid credentials. Files and plugins are read again every ten seconds. */
  current(): Promise<Access>;
  /** Reads every file and plugin again, because the server refused the credentials. At most every five seconds. */
  renew(refused: Access): Promise<Access>;
}

const freshForMilliseconds = 10_000;
const renewedAtMostEvery = 5_000;

/**
 * Reads credentials with the mechanisms of KubeConfig: certificates, tokens, token files, exec plugins, OIDC, basic.
 */
export function createCredentials(kubeConfig: KubeConfig, clock: Clock): Credentials {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new InvalidInput(`the kubeconfig has no context "${kubeConfig.getCurrentContext()}"`);
  let config = forgetful(kubeConfig);
  let reading: Promise<Access> | undefined;
  let readAt = 0;
  let renewedAt = 0;

  function read(): Promise<Access> {
    readAt = clock.now();
    const attempt = config.then(readAccess);
    reading = attempt;
    attempt.catch(() => {
      if (reading === attempt) reading = undefined;
    });
    return attempt;
  }

  return {
    ...parseAddress(cluster.server),
    proxyUrl: cluster.proxyUrl,
    current: () => (reading !== undefined && clock.now() - readAt < freshForMilliseconds ? reading : read()),
    async renew(refused) {
      const known = await reading;
      if (known !== undefined && (known !== refused || clock.now() - renewedAt < renewedAtMostEvery)) return known;
      renewedAt = clock.now();
      config = forgetful(kubeConfig);
      return read();
    },
  };
}

function parseAddress(text: string): Pick<Credentials, "server" | "origin" | "pathPrefix"> {
  if (!URL.canParse(text))
    throw new InvalidInput(`the kubeconfig's server "${text}" is not an address such as https://host:6443`);
  const { origin, pathname } = new URL(text);
  const pathPrefix = pathname.replace(/\/+$/, "");
  return { server: `${origin}${pathPrefix}`, origin, pathPrefix };
}

async function readAccess(config: KubeConfig): Promise<Access> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new Unavailable(`cannot get credentials for context "${config.getCurrentContext()}"`, { cause });
  }
  const tls = tlsOf(options);
  const tlsIdentity = createHash("sha256").update(JSON.stringify(tls)).digest("base64");
  return { headers: headersOf(options), tls, tlsIdentity };
}

function tlsOf({
  ca,
  cert,
  key,
  rejectUnauthorized,
  servername,
}: RequestOptions & { servername?: string | undefined }): TlsSettings {
  return {
    ...(isPem(ca) && { ca }),
    ...(isPem(cert) && { cert }),
    ...(isPem(key) && { key }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    ...(servername !== undefined && { servername }),
  };
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]);
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
  return { ...basic, ...Object.fromEntries(given) };
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}
