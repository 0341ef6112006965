import { setImmediate as turn } from "node:timers/promises";
import { serviceAccountOf } from "../../crds/coupling/defaults.ts";
import type { Plug, PlugRef, PlugVar } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { hasBytes, textOf } from "../../kit/encoding/bytes.ts";
import { answerAt, Forbidden, InvalidInput, KindNotServed, TooLarge } from "../../kit/errors.ts";
import type { Json, Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { absent, versionOfContents, versionOfSpecification } from "../../kit/loop/versions.ts";
import type { Memory, TemplateData } from "../../templates/template.ts";
import type { VarRendering, VarTarget } from "../rendering/render-var-names.ts";
import { type Side, type Value, type Values, valuesOf } from "../rendering/values.ts";
import { type FieldWork, newFieldWork, readField } from "./field-path.ts";

/**
 * The result of reading one object: its value, and the reference that follows it.
 * Absent objects give no value, and are followed too.
 */
interface Read<T> {
  readonly value: T | undefined;
  readonly ref: PlugRef;
  /** What is missing, in words for a condition; undefined if nothing is. */
  readonly missing: string | undefined;
}

/** The values that were read, and their references. */
export interface Sources {
  readonly configMap: Values | undefined;
  readonly secret: Values | undefined;
}

export interface Reading<T> {
  readonly value: T;
  readonly refs: readonly PlugRef[];
  readonly missing: readonly string[];
}

export interface ReadFor {
  readonly kube: Kube;
  readonly side: Side;
  readonly namespace: string;
  readonly role: "input" | "result";
}

/** Reads the ConfigMap and the Secret of a pair of fields, in the owner's namespace, with Plugboard's own rights. */
export async function readSources(
  of: ReadFor,
  names: { readonly configMap: string | undefined; readonly secret: string | undefined; readonly fields: string },
): Promise<Reading<Sources>> {
  const [configMap, secret] = await Promise.all([
    names.configMap === undefined
      ? undefined
      : readNamed(of, "ConfigMap", names.configMap, `spec.${names.fields}ConfigMapName`),
    names.secret === undefined ? undefined : readNamed(of, "Secret", names.secret, `spec.${names.fields}SecretName`),
  ]);
  return {
    value: { configMap: configMap?.value, secret: secret?.value },
    refs: [configMap, secret].flatMap((read) => (read === undefined ? [] : [read.ref])),
    missing: [configMap?.missing, secret?.missing].filter((one) => one !== undefined),
  };
}

async function readNamed(
  of: ReadFor,
  kind: "ConfigMap" | "Secret",
  name: string,
  field: string,
): Promise<Read<Values>> {
  const key = { apiVersion: "v1", kind, namespace: of.namespace, name };
  const object = await of.kube.get(key);
  const missing =
    object === undefined ? `${kind} ${of.namespace}/${name}, which the ${of.side}'s ${field} names` : undefined;
  const value = object === undefined ? undefined : contents(object, kind);
  return { value, missing, ref: refTo(of, key, object, versionOfContents) };
}

function contents(object: KubeObject, kind: "ConfigMap" | "Secret"): Values {
  const { data } = object;
  if (typeof data !== "object" || data === null) return {};
  if (kind === "ConfigMap")
    return valuesOf(Object.fromEntries(Object.entries(data).map(([key, text]) => [key, String(text)])), false);
  const { namespace, name } = object.metadata;
  const values = Object.entries(data).map(([key, text]): [string, Value] => {
    const value = textOf(Buffer.from(String(text), "base64"));
    const bytesFrom = hasBytes(value) ? { bytesFrom: `Secret ${namespace}/${name}, key ${key}` } : {};
    return [key, { value, sensitive: true, ...bytesFrom }];
  });
  return Object.fromEntries(values);
}

/**
 * Reads vars as the owner's service account.
 * @throws Forbidden naming the permission, TemplateError, InvalidInput, TooLarge
 */
export async function readVars(
  of: ReadFor & {
    readonly owner: Plug | Socket;
    readonly field: "vars" | "resultVars";
    readonly data: TemplateData;
    readonly memory: Memory;
    readonly rendering: VarRendering;
  },
): Promise<Reading<Values>> {
  const { owner, side, field, data, memory } = of;
  const vars = owner.spec[field] ?? [];
  const targets =
    vars.length === 0 ? [] : await of.rendering.prepare("renderVars", { owner, side, field, data, memory });
  const bounds = new ReadingBounds(`${side} spec.${field}`);
  const get = readingOnce(of.kube.as({ namespace: of.namespace, name: serviceAccountOf(owner) }), bounds);
  const reads = await inBatches(vars, (one, index) =>
    readVar({ ...of, get, bounds }, one, { place: `${side} spec.${field}[${index}]`, target: targets[index] }),
  );
  const values = reads.flatMap(({ name, read }) =>
    read.value === undefined ? [] : [[name, { value: read.value, sensitive: read.ref.kind === "Secret" }] as const],
  );
  return {
    value: Object.fromEntries(values),
    refs: distinct(reads.map(({ read }) => read.ref)),
    missing: reads.map(({ read }) => read.missing).filter((one) => one !== undefined),
  };
}

type Get = (key: ObjectKey) => Promise<KubeObject | undefined>;

/** The most characters of the objects and values that the vars of one field read together. */
const charactersAtMost = 16_777_216;

/** The limits of the vars of one field. */
class ReadingBounds {
  readonly fieldWork: FieldWork = newFieldWork();
  readonly #place: string;
  #characters = 0;

  constructor(place: string) {
    this.#place = place;
  }

  /** @throws TooLarge */
  count<Read extends Json | KubeObject | undefined>(read: Read): Read {
    this.#characters += sizeOf(read);
    if (this.#characters <= charactersAtMost) return read;
    throw new TooLarge(
      `${this.#place}: the objects that they read, and their values, have more than ${charactersAtMost} characters in total. Read fewer or smaller objects`,
    );
  }
}

/** The approximate number of characters of the value in JSON. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 4;
  let size = 2;
  for (const [key, inner] of Object.entries(value)) size += key.length + 4 + sizeOf(inner);
  return size;
}

/** The objects that are read at once. Their size is counted before more are read. */
const readsAtOnce = 10;

/** The results in the order of the items, in batches; other work runs in between. */
async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += readsAtOnce) {
    if (from > 0) await turn();
    const batch = items.slice(from, from + readsAtOnce);
    results.push(...(await Promise.all(batch.map((item, index) => work(item, from + index)))));
  }
  return results;
}

/** Reads each object once, for any number of fields. */
function readingOnce(kube: Kube, bounds: ReadingBounds): Get {
  const known = new Map<string, ReturnType<Get>>();
  return (key) => {
    const text = JSON.stringify([key.apiVersion, key.kind, key.namespace, key.name]);
    const found = known.get(text) ?? kube.get(key).then((object) => bounds.count(object));
    known.set(text, found);
    return found;
  };
}

async function readVar(
  of: Parameters<typeof readVars>[0] & { readonly get: Get; readonly bounds: ReadingBounds },
  one: PlugVar,
  { place, target }: { readonly place: string; readonly target: VarTarget | undefined },
): Promise<{ readonly name: string; readonly read: Read<string> }> {
  const key = await keyOfVar(of, one, { place, target });
  const path = one.fieldref?.fieldPath ?? "metadata.name";
  const object = await reading(place, key, () => of.get(key));
  const value = object === undefined ? undefined : of.bounds.count(readField(object, path, of.bounds.fieldWork));
  const version = /^spec(\.|\[|$)/.test(path) ? versionOfSpecification : versionOfContents;
  const what = `${key.kind} ${key.namespace === undefined ? "" : `${key.namespace}/`}${key.name}`;
  const missing =
    object === undefined
      ? `${what}, which ${place} (${one.name}) reads`
      : value === undefined
        ? `${path} in ${what}, which ${place} (${one.name}) reads`
        : undefined;
  return { name: one.name, read: { value, missing, ref: refTo(of, key, object, version) } };
}

async function reading<T>(place: string, key: ObjectKey, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Forbidden) throw new Forbidden(`${place}: ${error.message}`, answerAt(place, error));
    if (error instanceof KindNotServed)
      throw new KindNotServed(key.apiVersion, key.kind, error.servedIn, { cause: error });
    throw error;
  }
}

async function keyOfVar(
  of: Parameters<typeof readVars>[0],
  { objref }: PlugVar,
  { place, target }: { readonly place: string; readonly target: VarTarget | undefined },
): Promise<ObjectKey> {
  const { name, namespace } = target ?? {};
  if (name === undefined || name === "")
    throw new InvalidInput(`${place}.objref: expected name, or a templateName that renders to a name`);
  const kind = {
    apiVersion:
      objref.apiVersion ??
      [objref.group, objref.version ?? "v1"].filter((part) => part !== undefined && part !== "").join("/"),
    kind: objref.kind,
  };
  const { namespaced } = await of.kube.served(kind);
  if (!namespaced) return { ...kind, name };
  if (namespace !== undefined && namespace !== "" && namespace !== of.namespace) {
    throw new InvalidInput(
      `${place}.objref: names namespace ${namespace}, but vars only read the namespace of the ${of.side}, ${of.namespace}. Remove the namespace`,
    );
  }
  return { ...kind, namespace: of.namespace, name };
}

function refTo(
  of: ReadFor,
  key: ObjectKey,
  object: KubeObject | undefined,
  version: (metadata: KubeObject["metadata"]) => string,
): PlugRef {
  const { uid } = object?.metadata ?? {};
  return {
    role: of.role,
    apiVersion: key.apiVersion,
    kind: key.kind,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    name: key.name,
    ...(uid === undefined ? {} : { uid }),
    version: object === undefined ? absent : version(object.metadata),
    side: of.side,
  };
}

/** One reference for each object. If one reader follows every change and another only the spec, every change counts. */
export function distinct(refs: readonly PlugRef[]): readonly PlugRef[] {
  const byKey = new Map<string, PlugRef>();
  for (const ref of refs) {
    const key = [ref.role, ref.apiVersion, ref.kind, ref.namespace, ref.name].join(" ");
    const before = byKey.get(key);
    if (before?.version === undefined || before.version.startsWith("g")) byKey.set(key, ref);
  }
  return [...byKey.values()];
}
