import { isIP } from "node:net";
import { InvalidInput } from "../errors.ts";
import { blockList, reachOf } from "./ip-address.ts";

/** Hosts and addresses that an administrator allows in addition. */
export interface AllowedHosts {
  /** Whether a URL may name the host. `usual`: the port is the default of its scheme. */
  readonly allowsHost: (host: string, port: number, usual: boolean) => boolean;
  /** Whether a connection to a non-public address is allowed. Reserved addresses must be listed exactly. */
  readonly allowsAddress: (address: string) => boolean;
}

const hostPattern = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9]([a-z0-9.-]*[a-z0-9])?))(?::([0-9]{1,5}))?$/;

/**
 * Parses entries: `host`, `host:port`, `10.1.2.3`, `[fd00::1]:8080`, or a network such as `10.0.0.0/8`.
 * @throws InvalidInput naming the entry
 */
export function parseAllowedHosts(entries: readonly string[]): AllowedHosts {
  const hosts = new Set<string>();
  const networks: string[] = [];
  for (const entry of entries.map((one) => one.trim().toLowerCase())) {
    if (isNetwork(entry)) networks.push(entry);
    else hosts.add(hostOf(entry));
  }
  const within = blockList(networks);
  const inNetwork = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && within.check(address, family === 4 ? "ipv4" : "ipv6");
  };
  const named = (address: string): boolean =>
    [...hosts].some((host) => host === address || host.startsWith(`${address} `));
  return {
    allowsHost: (host, port, usual) =>
      hosts.has(`${host} ${port}`) || (usual && (hosts.has(host) || (reachOf(host) !== "never" && inNetwork(host)))),
    allowsAddress: (address) => named(address) || (reachOf(address) !== "never" && inNetwork(address)),
  };
}

function isNetwork(entry: string): boolean {
  const [address = "", bits = "", ...more] = entry.split("/");
  const family = isIP(address);
  return more.length === 0 && family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function hostOf(entry: string): string {
  const bare = isIP(entry) === 6 ? `[${entry}]` : entry;
  const [, bracketed, name, , port] = hostPattern.exec(bare) ?? [];
  const host = bracketed ?? name;
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)))
    throw new InvalidInput(
      `allowed host ${entry}: expected a host, host:port, an address or a network, such as auth.example.com:8443 or 10.0.0.0/8`,
    );
  return port === undefined ? host : `${host} ${port}`;
}
