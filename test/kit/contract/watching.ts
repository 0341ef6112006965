import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject, WatchEvent, WatchQuery } from "../../../kit/kube/port.ts";
import { configMap } from "../../worlds/manifests.ts";
import type { ClusterUnderTest, Open } from "./ground.ts";

/** What watches promise. */
export function describeWatching(open: Open): void {
  let cluster: ClusterUnderTest;
  let kube: Kube;
  let namespace: string;
  let stop: AbortController;
  const here = (): Omit<WatchQuery, "resourceVersion" | "signal"> => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace,
    labelSelector: "test",
  });
  const now = async (): Promise<string> => (await kube.list(here())).resourceVersion;
  const watch = (resourceVersion: string, query: Partial<WatchQuery> = {}): AsyncIterable<WatchEvent> =>
    kube.watch({ ...here(), resourceVersion, signal: stop.signal, ...query });
  const make = (name: string, labels: Record<string, string> = {}): Promise<KubeObject> =>
    kube.create({
      ...configMap(namespace, name, { x: "1" }),
      metadata: { namespace, name, labels: { test: "yes", ...labels } },
    });

  beforeEach(async () => {
    cluster = await open();
    ({ kube, namespace } = cluster);
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  test("every change after a version comes in order, those before it do not", async () => {
    await make("before");
    const events = watch(await now());
    const created = await make("a");
    await kube.patch(keyOf(created), { data: { x: "2" } });
    await make("b");
    await kube.delete(keyOf(created));
    const seen = await take(4, events);
    expect(seen.map(told)).toEqual(["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"]);
    const versions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  });

  test("a watch says that it was taken, before any event, and one that is refused does not", async () => {
    const said: string[] = [];
    const events = watch(await now(), { opened: () => void said.push("taken") });
    const first = take(1, events);
    while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await make("a");
    await first;
    expect(said).toEqual(["taken"]);
    const refused = watch("0", { kind: "Nothing", opened: () => void said.push("refused") });
    await expect(take(1, refused)).rejects.toMatchObject({ name: "KindNotServed" });
    expect(said).toEqual(["taken"]);
  });

  test("changes come as they happen, each with apiVersion and kind", async () => {
    const events = watch(await now());
    const first = take(1, events);
    const created = await make("a");
    expect(await first).toEqual([{ type: "ADDED", object: created }]);
  });

  test("a watch goes on from the last version seen", async () => {
    const version = await now();
    const created = await make("a");
    const [first] = await take(1, watch(version));
    expect(first?.object).toEqual(created);
    await kube.patch(keyOf(created), { data: { x: "2" } });
    const resumed = await take(1, watch(created.metadata.resourceVersion ?? ""));
    expect(resumed.map(told)).toEqual(["MODIFIED a"]);
  });

  test("two watches see the same", async () => {
    const version = await now();
    const watches = [take(2, watch(version)), take(2, watch(version))];
    await make("a");
    await make("b");
    for (const seen of await Promise.all(watches)) expect(seen.map(told)).toEqual(["ADDED a", "ADDED b"]);
  });

  test("other kinds and namespaces are not seen", async () => {
    const version = await now();
    const elsewhere = await cluster.another();
    await kube.create({
      ...configMap(elsewhere, "a"),
      metadata: { namespace: elsewhere, name: "a", labels: { test: "yes" } },
    });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "a", labels: { test: "yes" } } };
    await kube.create(secret);
    await make("b");
    expect((await take(1, watch(version))).map(told)).toEqual(["ADDED b"]);
  });

  test("an object that comes to match a selector is added, one that leaves it is deleted", async () => {
    const version = await now();
    const created = await make("a", { tier: "back" });
    await kube.patch(keyOf(created), { metadata: { labels: { tier: "front" } } });
    await kube.patch(keyOf(created), { data: { x: "2" } });
    const left = await kube.patch(keyOf(created), { metadata: { labels: { tier: "back" } } });
    await kube.delete(keyOf(created));
    await make("last", { tier: "front" });
    const seen = await take(4, watch(version, { labelSelector: "test,tier=front" }));
    expect(seen.map(told)).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "ADDED last"]);
    expect(seen[2]?.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  });

  test("a field selector picks one object", async () => {
    const version = await now();
    await make("a");
    await make("b");
    expect((await take(1, watch(version, { fieldSelector: "metadata.name=b" }))).map(told)).toEqual(["ADDED b"]);
  });

  test("a watch of metadata tells the object's own kind and nothing of its contents", async () => {
    const version = await now();
    const created = await make("a");
    await kube.delete(keyOf(created));
    const seen = await take(2, watch(version, { metadataOnly: true }));
    expect(seen.map(told)).toEqual(["ADDED a", "DELETED a"]);
    for (const { object } of seen) expect(Object.keys(object).sort()).toEqual(["apiVersion", "kind", "metadata"]);
    expect(seen[0]?.object).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { uid: created.metadata.uid },
    });
  });

  test("an aborted watch ends without an error", async () => {
    const ended = take(1, watch(await now()));
    await make("a");
    await ended;
    const idle = take(1, watch(await now()));
    stop.abort();
    expect(await idle).toEqual([]);
    expect(await take(1, watch(await now()))).toEqual([]);
  });

  test("who asks for a version that is no longer kept meets Expired, in a watch and in a list", async () => {
    if (cluster.compact === undefined) return;
    const version = await now();
    await make("a");
    await make("b");
    const page = await kube.list({ ...here(), limit: 1 });
    await make("c");
    await cluster.compact();
    await expect(take(1, watch(version))).rejects.toMatchObject({ name: "Expired" });
    await expect(kube.list({ ...here(), limit: 1, continue: page.continue })).rejects.toMatchObject({
      name: "Expired",
    });
    const events = watch(await now());
    await make("d");
    expect((await take(1, events)).map(told)).toEqual(["ADDED d"]);
  });

  test("bookmarks tell how far a watch has come, and it goes on from them", async () => {
    if (cluster.compact === undefined) return;
    const version = await now();
    const created = await make("a", { test: "yes" });
    const bookmark = await firstBookmark(watch(version));
    expect(Number(bookmark)).toBeGreaterThanOrEqual(Number(created.metadata.resourceVersion));
    await make("b");
    expect((await take(1, watch(bookmark))).map(told)).toEqual(["ADDED b"]);
  });
}

type ChangeEvent = Exclude<WatchEvent, { type: "BOOKMARK" }>;

const told = ({ type, object }: ChangeEvent): string => `${type} ${object.metadata.name}`;

async function take(count: number, events: AsyncIterable<WatchEvent>): Promise<readonly ChangeEvent[]> {
  const seen: ChangeEvent[] = [];
  for await (const event of events) {
    if (event.type !== "BOOKMARK") seen.push(event);
    if (seen.length === count) break;
  }
  return seen;
}

async function firstBookmark(events: AsyncIterable<WatchEvent>): Promise<string> {
  for await (const event of events) if (event.type === "BOOKMARK") return event.resourceVersion;
  throw new Error("the watch ended without a bookmark");
}
