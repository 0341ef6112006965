import { Expired, InvalidInput } from "../../errors.ts";
import type { KubeObject, ListQuery, ObjectKey, ObjectList, WatchEvent, WatchQuery } from "../../kube/port.ts";
import { isMap, textAt } from "../json.ts";
import { type Caller, metadataOf, shownAs, stored } from "../server.ts";
import { placeOf } from "../storage/listed.ts";
import { labelsAskedFor, type Selector, selectorOf } from "./selectors.ts";

/** The object of a key, whole or only its metadata; undefined if it does not exist. */
export function readOne({ server, as }: Caller, key: ObjectKey, metadataOnly: boolean): KubeObject | undefined {
  const kind = server.kinds.find(key);
  server.authorize(as, { verb: "get", kind, namespace: key.namespace, name: key.name });
  const found = stored(server, kind, key);
  return found && (metadataOnly ? metadataOf(kind) : shownAs(kind))(found);
}

/** One page of the objects of a query. @throws Expired, InvalidInput */
export function readMany({ server, as }: Caller, query: ListQuery): ObjectList {
  const kind = server.kinds.find(query);
  server.authorize(as, { verb: "list", kind, namespace: query.namespace });
  const selects = selectorOf(kind, query);
  const from = query.continue ? readToken(query.continue) : undefined;
  if (from !== undefined && !server.history.remembers(kind.resource, from.version))
    throw new Expired("The provided continue parameter is too old to display a consistent list result");
  const namespace = kind.namespaced ? query.namespace : undefined;
  const most = query.limit || Number.POSITIVE_INFINITY;
  const among = { namespace, after: from?.after, labels: labelsAskedFor(query.labelSelector) };
  const found = firstOf(server.store.list(kind.resource, among), selects, most + 1);
  const items = found.length > most ? found.slice(0, most) : found;
  const version = from?.version ?? server.store.version;
  const last = items.at(-1);
  return {
    items: items.map(query.metadataOnly ? metadataOf(kind) : shownAs(kind)),
    resourceVersion: String(version),
    ...(last !== undefined && items.length < found.length ? { continue: token(placeOf(last.metadata), version) } : {}),
  };
}

/** The first `most` objects that the selector selects. Looks at no more objects than necessary. */
function firstOf(objects: readonly KubeObject[], selector: Selector, most: number): readonly KubeObject[] {
  const found: KubeObject[] = [];
  for (const object of objects) {
    if (found.length === most) break;
    if (selector(object)) found.push(object);
  }
  return found;
}

/** The changes of a query, as they happen. @throws Expired, InvalidInput */
export function follow({ server, as }: Caller, query: WatchQuery): AsyncIterable<WatchEvent> {
  const kind = server.kinds.find(query);
  server.authorize(as, { verb: "watch", kind, namespace: query.namespace });
  const { signal } = query;
  const resourceVersion = Number(query.resourceVersion || "0");
  if (!Number.isInteger(resourceVersion)) throw new InvalidInput(`invalid resource version "${query.resourceVersion}"`);
  const show = query.metadataOnly ? metadataOf(kind) : shownAs(kind);
  const selects = selectorOf(kind, query);
  return server.history.watch({ resource: kind.resource, selects, show, resourceVersion, signal });
}

interface Token {
  readonly after: string;
  readonly version: number;
}

function token(after: string, version: number): string {
  return Buffer.from(JSON.stringify({ after, version })).toString("base64url");
}

function readToken(text: string): Token {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    const after = textAt(read, "after");
    if (isMap(read) && after !== undefined && typeof read["version"] === "number")
      return { after, version: read["version"] };
  } catch (cause) {
    throw new InvalidInput("continue key is not valid", { cause });
  }
  throw new InvalidInput("continue key is not valid");
}
