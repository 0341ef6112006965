import { isIP } from "node:net";
import { InvalidInput } from "../../kit/errors.ts";
import type { AllowedHosts } from "../../kit/http/allowed-hosts.ts";
import { reachOf } from "../../kit/http/ip-address.ts";

/** The address of an apparatus, as its endpoint gives it. */
export type Endpoint =
  /** The Pod that the apparatus describes. */
  | { readonly kind: "own"; readonly path: string }
  /** A Service in the owner's namespace. */
  | ServiceEndpoint
  /** A host that the administrator allows. */
  | {
      readonly kind: "allowed";
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly path: string;
    };

export interface ServiceEndpoint {
  readonly kind: "service";
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly path: string;
}

const pathPattern = /^(\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?$/;

/**
 * Reads an endpoint of an owner in a namespace.
 * Looks up no name.
 * Pure.
 * @throws InvalidInput naming the endpoints that are allowed
 */
export function parseEndpoint(
  endpoint: string | undefined,
  { namespace, allowed }: { readonly namespace: string; readonly allowed: AllowedHosts },
): Endpoint {
  const text = endpoint ?? "/";
  if (text.startsWith("/")) return { kind: "own", path: parsePath(text, text) };
  const url = parseUrl(text);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  const target = { host, port, tls, path: parsePath(url.pathname, text) };
  const service = serviceOf(host, namespace);
  if (allowed.allowsHost(host, port, url.port === "")) return { kind: "allowed", ...target };
  if (service !== undefined) return { kind: "service", ...service, ...target };
  throw refused(
    text,
    `expected a path on the apparatus, the URL of a Service of namespace ${namespace}, or a host and port that --apparatus-allow-host names`,
  );
}

function parsePath(path: string, endpoint: string): string {
  const dots = path.split("/").some((part) => part === "." || part === "..");
  if (!pathPattern.test(path) || dots)
    throw refused(endpoint, "expected a path of plain characters, without . and .., such as /socket");
  return path.replace(/\/$/, "");
}

/**
 * Does not correct what lenient parsers correct (blanks, backslashes, other alphabets), so that all parsers agree on
 * the host.
 */
function parseUrl(text: string): URL {
  if (!/^https?:\/\/[^/\\?#@%\s]+(\/[^\\?#\s]*)?$/i.test(text) || !/^[\x21-\x7e]+$/.test(text))
    throw refused(
      text,
      "expected http:// or https://, a host, and at most a port and a path: no user, query or fragment",
    );
  try {
    const url = new URL(text);
    const written = /^https?:\/\/(\[[^\]]*\]|[^/:]+)/i.exec(text)?.[1]?.toLowerCase();
    if (written === url.hostname && !written.endsWith(".")) return url;
  } catch (cause) {
    throw refused(text, "expected a URL", cause);
  }
  throw refused(text, "expected a host in its usual form");
}

const label = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

function serviceOf(host: string, own: string): { readonly name: string; readonly namespace: string } | undefined {
  const [name = "", namespace = own, ...rest] = host.split(".");
  const suffix = rest.join(".");
  const isService = label.test(name) && isIP(host) === 0 && name !== "localhost";
  return isService && namespace === own && ["", "svc", "svc.cluster.local"].includes(suffix)
    ? { name, namespace }
    : undefined;
}

/**
 * Whether a connection to the address of a Service or an allowed host may be opened.
 * Pure.
 * @throws InvalidInput naming the address and the problem
 */
export function checkAddress(
  endpoint: Pick<Endpoint, "kind">,
  host: string,
  address: string,
  allowed: AllowedHosts,
): void {
  const reach = reachOf(address);
  if (reach === "public" || allowed.allowsAddress(address)) return;
  if (reach === "private" && endpoint.kind !== "allowed") return;
  const what = reach === "private" ? "an address of a private network" : "an address that requests are never sent to";
  throw new InvalidInput(
    `spec.apparatus.endpoint: ${host} resolves to ${address}, ${what}. If this is intended, start Plugboard with this address in --apparatus-allow-host`,
  );
}

function refused(endpoint: string, expected: string, cause?: unknown): InvalidInput {
  return new InvalidInput(`spec.apparatus.endpoint: ${expected}; found ${JSON.stringify(endpoint.slice(0, 200))}`, {
    cause,
  });
}
