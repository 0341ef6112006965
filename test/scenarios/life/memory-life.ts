import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { servedNamespace } from "../../worlds/manifests.ts";
import { makeWorld, apply as putThere, rest, start, type World } from "../../worlds/worlds.ts";
import type { Life } from "./life.ts";
import { redeliver } from "./redelivery.ts";

/** A life in memory, where time passes as fast as it can. */
export interface MemoryLife extends Life {
  readonly world: World;
  stop(): Promise<void>;
}

/** Begins a life on an in-memory cluster of its own, with RBAC. */
export async function beginInMemory(): Promise<MemoryLife> {
  const world = await makeWorld({ rbac: true });
  const { cluster, clock, broken } = world;
  const said: unknown[] = [];
  const counter = { requests: 0 };
  const namespaces = ["app", "db"];
  for (const name of namespaces) await cluster.load(servedNamespace(name));
  const plugboard = await start(world, {
    kube: counting(cluster.kube, counter),
    tell: (report) => void said.push(report),
    facts: [(event) => void said.push(event)],
  });
  const life: MemoryLife = {
    app: "app",
    db: "db",
    operator: "plugboard",
    kube: cluster.kube,
    world,
    broken,
    apply: (...objects) => putThere(cluster.kube, ...objects),
    async namespace(labels) {
      const name = `more-${namespaces.length}`;
      await cluster.load(servedNamespace(name, labels));
      namespaces.push(name);
      return name;
    },
    rest: () => rest(world, plugboard),
    async until(what, holds) {
      for (let minutes = 0; minutes < 60; minutes += 1) {
        await rest(world, plugboard);
        if (await holds()) return;
      }
      throw new Error(`an hour went by without: ${what}`);
    },
    async again() {
      await redeliver({ kube: cluster.kube, clock, operatorNamespace: "plugboard", namespaces });
      plugboard.source.resync();
      await rest(world, plugboard);
    },
    async resync() {
      await clock.advance(600_000);
      await rest(world, plugboard);
    },
    objects: async () => cluster.objects().filter((object) => isHere(object, [...namespaces, "plugboard"])),
    heard: () => JSON.stringify([said, broken], asText),
    async requestsDuring(minutes) {
      await rest(world, plugboard);
      counter.requests = 0;
      // One rest takes a minute and a little.
      for (let minute = 0; minute < minutes; minute += 1) await rest(world, plugboard);
      return counter.requests;
    },
    stop: () => plugboard.stop(),
  };
  return life;
}

function isHere({ metadata }: KubeObject, namespaces: readonly string[]): boolean {
  return metadata.namespace !== undefined && namespaces.includes(metadata.namespace);
}

/** Counts what Plugboard asks of the API, opening a watch included. */
function counting(kube: Kube, counter: { requests: number }): Kube {
  return interceptedKube(kube, async (request, perform) => {
    if (request.verb !== "served") counter.requests += 1;
    return perform();
  });
}

/** Errors as what they say, all the way down. */
export function asText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
}
