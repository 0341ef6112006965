import { labels } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

const sharedKey = { apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "shared" };

const socket: KubeObject = socketWith("sock", {
  resources: [{ template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" }, data: { k: "v" } } }],
});

/** What was seen while a crowd that holds one object came and went. */
export interface CrowdSeen {
  /** How often the object was taken away, or gone, although somebody still held it who was not leaving. */
  readonly goneTooEarly: number;
  readonly thereAtTheEnd: boolean;
  /** Requests for each plug that left, among the first and among the last that did. */
  readonly requestsEach: readonly [number, number];
  readonly broken: readonly unknown[];
}

/** Lets so many plugs couple that render one object, and leave in waves, its owner first in each. */
export async function letCrowdPass(count: number, waves: number): Promise<CrowdSeen> {
  const world = await makeWorld();
  const { kube } = world.cluster;
  let requests = 0;
  let [goneTooEarly, left] = [0, new Set<string>()];
  world.cluster.onRequest(({ verb, kind, name }) => {
    if (verb === "delete" && kind === sharedKey.kind && name === sharedKey.name && left.size > 0) goneTooEarly += 1;
    if (verb !== "served" && verb !== "watch" && verb !== "list" && kind !== "Event" && kind !== "Socket")
      requests += 1;
  });
  const plugboard = await start(world);
  await apply(kube, socket);
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  for (const name of names) {
    const spec = { socket: { name: "sock", namespace: "db" } };
    await apply(kube, plugWith(name, spec));
  }
  await rest(world, plugboard);
  const each: number[] = [];
  left = new Set(names);
  for (let wave = 0; wave < waves; wave += 1) {
    const owner = (await kube.get(sharedKey))?.metadata.labels?.[labels.plugUid];
    const plugs = world.cluster.objects().filter(({ kind, metadata }) => kind === "Plug" && left.has(metadata.name));
    const leaving = plugs
      .toSorted((a, b) => Number(b.metadata.uid === owner) - Number(a.metadata.uid === owner))
      .slice(0, wave === waves - 1 ? plugs.length : Math.floor(count / waves))
      .map(({ metadata }) => metadata.name);
    requests = 0;
    for (const name of leaving) left.delete(name);
    await Promise.all(leaving.map((name) => kube.delete(plugKey(name))));
    await rest(world, plugboard);
    each.push(requests / leaving.length);
    if (left.size > 0 && (await kube.get(sharedKey)) === undefined) goneTooEarly += 1;
  }
  await plugboard.stop();
  const thereAtTheEnd = (await kube.get(sharedKey)) !== undefined;
  return { goneTooEarly, thereAtTheEnd, requestsEach: [each[0] ?? 0, each.at(-1) ?? 0], broken: world.broken };
}
