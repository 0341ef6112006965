import { gunzipSync } from "node:zlib";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { operatorNamespace } from "../../worlds/worlds.ts";

/** A world without what two lives that came to the same may differ in: uids, versions, times, counters, generated values. */
export type SeenWorld = { readonly [object: string]: unknown };

type Fields = { readonly [field: string]: unknown };

const unseen = new Set(["Event", "Lease", "CustomResourceDefinition"]);

/** Looks at the worlds of one life, in their order: the same uid or generated value has the same name in all of them. */
export class Observer {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** The world but for the snapshots that no plug names: those wait to be swept. */
  look(objects: readonly KubeObject[]): SeenWorld {
    return this.#see(objects, (object) => !isSnapshot(object));
  }

  /** The world with every snapshot there is. */
  lookAtAll(objects: readonly KubeObject[]): SeenWorld {
    return this.#see(objects, () => true);
  }

  #see(objects: readonly KubeObject[], included: (object: KubeObject) => boolean): SeenWorld {
    this.#learn(objects);
    const byKey = new Map(objects.map((object) => [keyOf(object), object]));
    const seen = objects
      .filter((object) => !unseen.has(object.kind) && included(object))
      .map((object) => [this.#plainText(keyOf(object)), this.#plain(view(object, byKey))] as const);
    return Object.fromEntries(seen.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #learn(objects: readonly KubeObject[]): void {
    for (const { kind, metadata } of objects)
      if (kind === "Plug" || kind === "Socket") this.#name(metadata.uid ?? "", `${kind} ${metadata.name}`);
    for (const object of objects.filter(({ metadata }) => metadata.labels?.["generated"] === "true"))
      for (const [key, text] of Object.entries(fields(object["data"])))
        this.#name(String(text), `generated ${object.metadata.name.replace(/^\w+-/, "")} ${key}`);
  }

  #name(text: string, name: string): void {
    if (this.#names.has(text)) return;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    this.#names.set(text, `<${name} ${count}>`);
  }

  #plain(value: unknown): unknown {
    if (typeof value === "string") return this.#plainText(value);
    if (Array.isArray(value)) return value.map((item) => this.#plain(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#plain(inner)]));
  }

  #plainText(text: string): string {
    let plain = text
      .replace(/plugboard-[0-9a-f]{32}-\d+-[0-9a-f]{8}/g, "<snapshot>")
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replace(/revision \d+/g, "revision <n>");
    for (const [found, name] of this.#names) plain = plain.replaceAll(found, name);
    return plain;
  }
}

function isSnapshot({ kind, metadata }: KubeObject): boolean {
  return kind === "Secret" && metadata.labels?.["integration.rock8s.com/snapshot-of"] !== undefined;
}

function isKept({ kind, metadata }: KubeObject): boolean {
  return kind === "Secret" && metadata.namespace === operatorNamespace && metadata.name.endsWith("-kept");
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
}

type ByKey = ReadonlyMap<string, KubeObject>;

function snapshotOf(name: unknown, objects: ByKey): unknown {
  return contentOf(objects.get(`${operatorNamespace}/Secret/${String(name)}`));
}

function view(object: KubeObject, objects: ByKey): unknown {
  if (isSnapshot(object)) return contentOf(object);
  if (isKept(object)) return "keys that templates made";
  if (object.kind === "Namespace") return object["status"];
  const { apiVersion: _version, kind, metadata, status, ...rest } = object;
  const { labels = {}, annotations = {}, finalizers = [], deletionTimestamp } = metadata;
  const { ["integration.rock8s.com/revision"]: _revision, ...notes } = annotations;
  const seen = { ...rest, labels, annotations: notes, finalizers, deleting: deletionTimestamp !== undefined };
  if (kind === "Plug") return { ...seen, status: statusOfPlug(object, objects) };
  if (kind === "Socket") return { ...seen, status: withoutTimes(object, fields(status), objects) };
  return { ...seen, managers: managersOf(object) };
}

function managersOf({ metadata }: KubeObject): readonly unknown[] {
  return (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }));
}

function statusOfPlug(plug: KubeObject, objects: ByKey): unknown {
  const { revision, snapshot, performed, result, restless: _calm, ...rest } = fields(plug["status"]);
  const done = fields(performed);
  return {
    ...withoutTimes(plug, rest, objects),
    resolved: snapshotOf(snapshot, objects),
    performed: snapshotOf(done["snapshot"], objects),
    performedFor: done["socketUid"],
    newestIsPerformed:
      revision === undefined || done["revision"] === undefined ? undefined : revision === done["revision"],
    resultIsOfPerformed: result === undefined ? undefined : fields(result)["revision"] === done["revision"],
  };
}

function withoutTimes({ metadata }: KubeObject, status: Fields, objects: ByKey): Fields {
  const { createdAt, coupledResult, conditions, refs, failure, ...rest } = status;
  return {
    ...rest,
    created: createdAt !== undefined,
    ...(failure === undefined ? {} : { failure: [fields(failure)["stage"], fields(failure)["reason"]] }),
    ...(coupledResult === undefined ? {} : { coupledResult: relative(coupledResult, metadata.generation) }),
    conditions: Object.fromEntries(
      list(conditions)
        .map((condition) => relative(condition, metadata.generation))
        .filter((condition) => !isNoFailure(condition))
        .map((condition) => [String(condition["type"]), condition])
        .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    ),
    refs: list(refs)
      .map((ref) => referenceTo(ref, objects))
      .toSorted(),
  };
}

/** Failed=False is what is left of a failure that is over: the same as none. */
function isNoFailure({ type, status }: Fields): boolean {
  return type === "Failed" && status === "False";
}

/** Which generation is not compared, but whether it is the present one. */
function relative(said: unknown, generation: number | undefined): Fields {
  const { lastTransitionTime: _time, observedGeneration, ...rest } = fields(said);
  return { ...rest, current: observedGeneration === generation };
}

/** A reference in words: which object, by which uid it is known, and whether its version was seen. */
function referenceTo(ref: unknown, objects: ByKey): string {
  const { role, kind, namespace, name, uid, version, apiVersion: _version, ...rest } = fields(ref);
  const key = `${String(namespace ?? "")}/${String(kind)}/${String(name)}`;
  const whose = uid === undefined ? "whoever" : uid === objects.get(key)?.metadata.uid ? "itself" : "another";
  const seen = version === undefined ? "any" : version === "absent" ? "absent" : "seen";
  const marks = Object.entries(rest).map((pair) => pair.join("="));
  return [role, key, whose, seen, ...marks.toSorted()].join(" ");
}

function contentOf(snapshot: KubeObject | undefined): unknown {
  if (snapshot === undefined) return undefined;
  const text = String(fields(snapshot["data"])["snapshot"]);
  const content: unknown = JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString());
  const { revision: _revision, resolvedAt: _time, seed: _seed, clusterUid, plug, socket, ...rest } = fields(content);
  const where = { clusterUid: clusterUid === undefined ? "unknown" : "known" };
  return { ...rest, ...where, plug: identityOf(plug), socket: identityOf(socket) };
}

/** Clusters and their namespaces are others in every life. */
function identityOf(owner: unknown): Fields {
  const { namespaceUid, ...rest } = fields(owner);
  return { ...rest, namespaceUid: namespaceUid === undefined ? "unknown" : "known" };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Where two worlds differ, in words; none where they are the same. */
export function differences(found: unknown, wanted: unknown, path = ""): readonly string[] {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
  const [foundFields, wantedFields] = [fields(found), fields(wanted)];
  const keys = new Set([...Object.keys(foundFields), ...Object.keys(wantedFields)]);
  if (keys.size === 0 || typeof found !== "object" || typeof wanted !== "object")
    return [`${path}: ${brief(found)} instead of ${brief(wanted)}`];
  return [...keys].flatMap((key) => differences(foundFields[key], wantedFields[key], `${path} › ${key}`));
}

function brief(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 200);
}
