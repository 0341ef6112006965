import { BlockList, isIP } from "node:net";

/**
 * The reach of an address: public, a private network, or reserved (this machine, its link, its metadata service,
 * multicast, unassigned).
 */
export type Reach = "public" | "private" | "never";

const never = blockList([
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  // Metadata services of clouds outside the link-local range: Alibaba, Azure, AWS and Google over IPv6.
  "100.100.100.200/32",
  "168.63.129.16/32",
  "fd00:ec2::/32",
  "fd20:ce::/32",
  "::/128",
  "::1/128",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "100::/64",
  "2001::/32",
  "2001:10::/28",
  "2001:20::/28",
  "2001:db8::/32",
  "64:ff9b:1::/48",
  "3fff::/20",
]);

const ownNetworks = blockList([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "198.18.0.0/15",
  "fc00::/7",
]);

/** Of IPv6, only this range is assigned to networks. */
const unicast = blockList(["2000::/3"]);

/** The reach of an address. If it contains an IPv4 address (mapped, compatible, NAT64, 6to4), the reach of that one. */
export function reachOf(address: string): Reach {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return "never";
  if (family === 4) return reachIn(address, "ipv4", () => true);
  const groups = groupsOf(address);
  const embedded = embeddedIpv4(groups);
  if (embedded !== undefined) return reachOf(embedded);
  return reachIn(address, "ipv6", () => unicast.check(address, "ipv6"));
}

function reachIn(address: string, family: "ipv4" | "ipv6", otherwisePublic: () => boolean): Reach {
  if (never.check(address, family)) return "never";
  if (ownNetworks.check(address, family)) return "private";
  return otherwisePublic() ? "public" : "never";
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [numbers(head), numbers(tail ?? "")];
  return tail === undefined
    ? before
    : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function embeddedIpv4(groups: readonly number[]): string | undefined {
  const [first, second, third, , , sixth, seventh = 0, eighth = 0] = groups;
  const zeroUntil = (count: number) => groups.slice(0, count).every((group) => group === 0);
  if (first === 0x2002) return dotted(second ?? 0, third ?? 0);
  const translated = first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  const mapped = zeroUntil(5) && sixth === 0xffff;
  const siit = zeroUntil(4) && groups[4] === 0xffff && sixth === 0;
  const compatible = zeroUntil(6) && !(seventh === 0 && eighth <= 1);
  return translated || mapped || siit || compatible ? dotted(seventh, eighth) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The networks as one list, each written as `address/bits`. */
export function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
