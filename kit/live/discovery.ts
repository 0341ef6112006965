import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { KindNotServed } from "../errors.ts";
import type { Kind, ServedKind } from "../kube.ts";
import { isRecord } from "./json-fields.ts";

/** What the cluster serves, asked per group and version and remembered. */
export interface Discovery {
  /** How a kind is served; what is not known is asked for again, at most once a second per group and version. @throws KindNotServed */
  find(kind: Kind): Promise<ServedKind>;
  /** A path of this group and version turned out not to be served any more. */
  forget(apiVersion: string): void;
}

/** What discovery asks of the cluster: the resource list of a group and version, undefined where it is not served. */
export type ReadResources = (apiVersion: string) => Promise<unknown>;

interface Known {
  readonly askedAt: number;
  readonly kinds: ReadonlyMap<string, ServedKind>;
}

const wellFormed = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[a-z0-9]+$/;
const missesAskedAgainAfter = 1_000;
const remembered = 500;

/** Makes the discovery of one cluster. */
export function createDiscovery(read: ReadResources, clock: Clock): Discovery {
  const known = new LRUCache<string, Known>({ max: remembered });
  const asking = new Map<string, Promise<Known>>();

  async function ask(apiVersion: string): Promise<Known> {
    try {
      const answer = { askedAt: clock.now(), kinds: parseResources(await read(apiVersion), apiVersion) };
      known.set(apiVersion, answer);
      return answer;
    } finally {
      asking.delete(apiVersion);
    }
  }

  function askOnce(apiVersion: string): Promise<Known> {
    const current = asking.get(apiVersion) ?? ask(apiVersion);
    asking.set(apiVersion, current);
    return current;
  }

  return {
    async find({ apiVersion, kind }) {
      const cached = known.get(apiVersion);
      const served = cached?.kinds.get(kind);
      if (served !== undefined) return served;
      const fresh = cached !== undefined && clock.now() - cached.askedAt < missesAskedAgainAfter;
      if (fresh || !wellFormed.test(apiVersion)) throw new KindNotServed(apiVersion, kind);
      const found = (await askOnce(apiVersion)).kinds.get(kind);
      if (found === undefined) throw new KindNotServed(apiVersion, kind);
      return found;
    },
    forget(apiVersion) {
      known.delete(apiVersion);
    },
  };
}

/** Reads an APIResourceList; subresources (`pods/log`) are no kinds of their own. */
function parseResources(value: unknown, apiVersion: string): ReadonlyMap<string, ServedKind> {
  const resources = isRecord(value) && Array.isArray(value["resources"]) ? value["resources"] : [];
  const kinds = new Map<string, ServedKind>();
  for (const resource of resources.filter(isRecord)) {
    const { name, kind, namespaced } = resource;
    if (typeof name !== "string" || typeof kind !== "string" || name.includes("/")) continue;
    kinds.set(kind, { apiVersion, kind, plural: name, namespaced: namespaced === true });
  }
  return kinds;
}
