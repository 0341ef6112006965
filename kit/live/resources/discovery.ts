import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { KindNotServed } from "../../errors.ts";
import type { Kind, ServedKind } from "../../kube/port.ts";
import { isRecord } from "../answers/kube-object.ts";

/** The kinds that the cluster serves, read by group and version and cached. */
export interface Discovery {
  /**
   * How a kind is served.
   * An unknown kind is read again, at most once a second for each group and version.
   * @throws KindNotServed
   */
  find(kind: Kind): Promise<ServedKind>;
  /** Called when a path of this group and version is not served any more. */
  forget(apiVersion: string): void;
}

/** The reads of discovery; undefined if a path is not served. */
export interface DiscoveryReads {
  /** The resource list of a group and version. */
  readonly resources: (apiVersion: string) => Promise<unknown>;
  /** A named group with its versions. */
  readonly group: (group: string) => Promise<unknown>;
}

interface Known {
  readonly fetchedAt: number;
  readonly kinds: ReadonlyMap<string, ServedKind>;
}

const wellFormed = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[a-z0-9]+$/;
const missesFetchedAgainAfter = 1_000;
const remembered = 500;

/** Makes the discovery of one cluster. */
export function createDiscovery(read: DiscoveryReads, clock: Clock): Discovery {
  const known = new LRUCache<string, Known>({ max: remembered });
  const groups = new LRUCache<string, { readonly fetchedAt: number; readonly versions: readonly string[] }>({
    max: remembered,
  });
  const fetching = new Map<string, Promise<Known>>();

  async function fetchKinds(apiVersion: string): Promise<Known> {
    try {
      const answer = { fetchedAt: clock.now(), kinds: parseResources(await read.resources(apiVersion), apiVersion) };
      known.set(apiVersion, answer);
      return answer;
    } finally {
      fetching.delete(apiVersion);
    }
  }

  function fetchOnce(apiVersion: string): Promise<Known> {
    const current = fetching.get(apiVersion) ?? fetchKinds(apiVersion);
    fetching.set(apiVersion, current);
    return current;
  }

  async function look({ apiVersion, kind }: Kind): Promise<ServedKind | undefined> {
    const cached = known.get(apiVersion);
    const served = cached?.kinds.get(kind);
    if (served !== undefined) return served;
    const fresh = cached !== undefined && clock.now() - cached.fetchedAt < missesFetchedAgainAfter;
    if (fresh || !wellFormed.test(apiVersion)) return undefined;
    return (await fetchOnce(apiVersion)).kinds.get(kind);
  }

  /** The other versions of the group in which the kind is served. */
  async function lookElsewhere({ apiVersion, kind }: Kind): Promise<readonly string[]> {
    const others = (await versionsBeside(apiVersion)).filter((version) => version !== apiVersion);
    const found = await Promise.all(others.map((other) => look({ apiVersion: other, kind })));
    return found.flatMap((served) => (served === undefined ? [] : [served.apiVersion]));
  }

  async function versionsBeside(apiVersion: string): Promise<readonly string[]> {
    const slash = apiVersion.indexOf("/");
    if (slash < 0 || !wellFormed.test(apiVersion)) return [];
    const group = apiVersion.slice(0, slash);
    const cached = groups.get(group);
    if (cached !== undefined && clock.now() - cached.fetchedAt < missesFetchedAgainAfter) return cached.versions;
    const answer = { fetchedAt: clock.now(), versions: parseVersions(await read.group(group)) };
    groups.set(group, answer);
    return answer.versions;
  }

  return {
    async find(kind) {
      const found = await look(kind);
      if (found === undefined) throw new KindNotServed(kind.apiVersion, kind.kind, await lookElsewhere(kind));
      return found;
    },
    forget(apiVersion) {
      known.delete(apiVersion);
    },
  };
}

/** Reads the versions of an APIGroup. */
function parseVersions(value: unknown): readonly string[] {
  const versions = isRecord(value) && Array.isArray(value["versions"]) ? value["versions"] : [];
  return versions
    .filter(isRecord)
    .flatMap(({ groupVersion }) => (typeof groupVersion === "string" ? [groupVersion] : []));
}

/**
 * Parses an APIResourceList.
 * Subresources (`pods/log`) are not kinds; `pods/status` means that the kind has a status subresource.
 */
function parseResources(value: unknown, apiVersion: string): ReadonlyMap<string, ServedKind> {
  const resources = isRecord(value) && Array.isArray(value["resources"]) ? value["resources"] : [];
  const listed = resources.filter(isRecord);
  const names = new Set(listed.map(({ name }) => name));
  const kinds = new Map<string, ServedKind>();
  for (const { name, kind, namespaced } of listed) {
    if (typeof name !== "string" || typeof kind !== "string" || name.includes("/")) continue;
    const hasStatus = names.has(`${name}/status`);
    kinds.set(kind, { apiVersion, kind, plural: name, namespaced: namespaced === true, hasStatus });
  }
  return kinds;
}
