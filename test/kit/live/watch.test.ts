import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { WatchEvent, WatchQuery } from "../../../kit/kube/port.ts";
import { type FakeApi, hangUp, json, startFakeApi, status } from "./fake-api.ts";

const configMap = (name: string, resourceVersion: string, data?: object) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "default", name, resourceVersion },
  ...(data && { data }),
});
const added = (name: string, resourceVersion: string) => ({ type: "ADDED", object: configMap(name, resourceVersion) });
const line = (event: object) => `${JSON.stringify(event)}\n`;

let api: FakeApi;
afterEach(() => api.close());

function query(fields: Partial<WatchQuery> = {}): WatchQuery {
  return { apiVersion: "v1", kind: "ConfigMap", resourceVersion: "1", signal: new AbortController().signal, ...fields };
}

/** Answers a watch with these pieces, one after the other, and then does as told. */
function stream(pieces: readonly (string | Buffer)[], end: (response: ServerResponse) => void) {
  return async (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/json" });
    for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve));
    end(response);
  };
}

async function collect(events: AsyncIterable<WatchEvent>): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(
      event.type === "BOOKMARK" ? `BOOKMARK ${event.resourceVersion}` : `${event.type} ${event.object.metadata.name}`,
    );
  }
  return seen;
}

describe("a watch", () => {
  test("gives events and bookmarks in order, and ends when the server ends it", async () => {
    api = await startFakeApi();
    const bookmark = { type: "BOOKMARK", object: { kind: "ConfigMap", metadata: { resourceVersion: "7" } } };
    const events = [added("a", "2"), { ...added("a", "3"), type: "MODIFIED" }, { ...added("a", "4"), type: "DELETED" }];
    api.answer(stream([...events.map(line), line(bookmark)], (response) => response.end()));
    expect(await collect(api.kube.watch(query()))).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "BOOKMARK 7"]);
    expect(api.asked[0]).toMatch(
      /^GET \/api\/v1\/configmaps\?watch=1&allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=\d+$/,
    );
  });

  test("puts together lines that arrive in pieces, cut within a character too", async () => {
    api = await startFakeApi();
    const bytes = Buffer.from(line(added("ä-€", "2")) + line(added("b", "3")));
    const cut = bytes.indexOf("€") + 1;
    api.answer(
      stream([bytes.subarray(0, 5), bytes.subarray(5, cut), bytes.subarray(cut)], (response) => response.end()),
    );
    expect(await collect(api.kube.watch(query()))).toEqual(["ADDED ä-€", "ADDED b"]);
  });

  test("of metadata has the object's own apiVersion and kind, and nothing else", async () => {
    api = await startFakeApi();
    const partial = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: { name: "a" }, spec: {} };
    api.answer(stream([line({ type: "ADDED", object: partial })], (response) => response.end()));
    for await (const event of api.kube.watch(query({ metadataOnly: true }))) {
      expect(event).toEqual({
        type: "ADDED",
        object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
      });
    }
  });

  test("ends quietly when the connection is lost in the middle of a line", async () => {
    api = await startFakeApi();
    api.answer(stream([line(added("a", "2")), '{"type":"ADD'], (response) => response.destroy()));
    expect(await collect(api.kube.watch(query()))).toEqual(["ADDED a"]);
  });

  test("ends when it has been silent for too long, as the connection may be dead", async () => {
    api = await startFakeApi({ watchSilenceMilliseconds: 50 });
    api.answer(stream([line(added("a", "2"))], () => undefined));
    expect(await collect(api.kube.watch(query()))).toEqual(["ADDED a"]);
  });

  test("ends at once when it is aborted, also while it waits", async () => {
    api = await startFakeApi();
    const abort = new AbortController();
    api.answer(stream([line(added("a", "2"))], () => undefined));
    const seen: string[] = [];
    for await (const event of api.kube.watch(query({ signal: abort.signal }))) {
      seen.push(event.type);
      setImmediate(() => abort.abort());
    }
    expect(seen).toEqual(["ADDED"]);
    expect(await collect(api.kube.watch(query({ signal: abort.signal })))).toEqual([]);
  });

  test("closes its connection when who reads it stops reading", async () => {
    api = await startFakeApi();
    const closed = new Promise<void>((resolve) => {
      api.answer(stream([line(added("a", "2"))], (response) => response.on("close", resolve)));
    });
    for await (const _event of api.kube.watch(query())) break;
    await closed;
  });

  test("from a version that is no longer kept is Expired, said before it begins or within it", async () => {
    api = await startFakeApi();
    const gone = { kind: "Status", reason: "Expired", message: "too old", code: 410 };
    api.answer(
      status(410, { reason: "Expired" }),
      stream([line({ type: "ERROR", object: gone })], () => undefined),
    );
    await expect(collect(api.kube.watch(query()))).rejects.toMatchObject({ name: "Expired" });
    await expect(collect(api.kube.watch(query()))).rejects.toMatchObject({ name: "Expired" });
  });

  test("that is refused is Forbidden, and one that cannot begin is Unavailable", async () => {
    api = await startFakeApi();
    api.answer(status(403, { reason: "Forbidden" }), hangUp);
    await expect(collect(api.kube.watch(query()))).rejects.toMatchObject({ name: "Forbidden" });
    await expect(collect(api.kube.watch(query()))).rejects.toMatchObject({ name: "Unavailable" });
  });

  test("refuses a line longer than an object can be", async () => {
    api = await startFakeApi();
    api.answer(stream(["x".repeat(9 * 1_048_576)], (response) => response.end()));
    await expect(collect(api.kube.watch(query()))).rejects.toMatchObject({ name: "Unavailable" });
  });

  test("of any number leaves the connections of requests free", async () => {
    api = await startFakeApi({ connections: 1 });
    api.answer(stream([line(added("a", "2"))], () => undefined));
    const watches = await Promise.all(
      [1, 2, 3].map(async () => {
        const events = api.kube.watch(query())[Symbol.asyncIterator]();
        await events.next();
        return events;
      }),
    );
    api.answer(json(200, configMap("a", "2")));
    const key = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" };
    expect(await api.kube.get(key)).toEqual(configMap("a", "2"));
    await Promise.all(watches.map((events) => events.return?.()));
  });
});
