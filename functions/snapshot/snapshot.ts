import { promisify } from "node:util";
import { gunzip, gunzipSync, gzip, gzipSync } from "node:zlib";
import { labels, manager } from "../../crds/names.ts";
import { madeBesides, snapshotLabels, snapshotName, snapshotsOf } from "../../crds/snapshot/head.ts";
import { parseJson, writeJson } from "../../kit/encoding/exact-json.ts";
import { InvalidInput, TooLarge } from "../../kit/errors.ts";
import type { Json, KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import type { HookMaterial } from "../rendering/template-view.ts";
import { type BySide, type Side, secretsOf, type Values } from "../rendering/values.ts";

/** The version of this format. A function that reads a newer one waits until it is upgraded. */
export const snapshotSchemaVersion = 1;

export interface OwnerIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The uid of its namespace; absent if it could not be read, and in snapshots of an older Plugboard. */
  readonly namespaceUid?: string | undefined;
}

/**
 * One revision of a coupling: everything that couple, update, decouple and repair need, even if the inputs are deleted.
 */
export interface Snapshot {
  readonly schemaVersion: number;
  readonly revision: number;
  readonly plug: OwnerIdentity;
  readonly socket: OwnerIdentity;
  /** The uid of the cluster (of its namespace kube-system); absent like a namespace's. */
  readonly clusterUid?: string | undefined;
  /** The digest of the socket's admission; absent for an adopted coupling that was not admitted since. */
  readonly admitted?: string | undefined;
  /** The snapshot on which the coupling was adopted. This snapshot accounts for its objects. */
  readonly succeeds?: Succession | undefined;
  /** The time that clock functions return. */
  readonly resolvedAt: string;
  /** The seed of random functions; the same for the life of the coupling. */
  readonly seed: string;
  /** Whether keys or certificates were made, which are in a separate Secret. */
  readonly keeps: boolean;
  readonly outcome: Outcome;
  /** The objects that only `coupled` renders, as last applied. */
  readonly asCoupled: readonly RenderedResource[];
  /** The objects of its results that the snapshot names from its beginning; absent: none. */
  readonly resultsNamed?: readonly MadeBesides[] | undefined;
}

/** An adoption. */
export interface Succession {
  /** The snapshot on which the coupling was adopted. */
  readonly name: string;
  /**
   * The uids that may still be on the labels of its objects: those of former couplings, the latest first, 10 at most.
   */
  readonly labelled: readonly Labelled[];
}

/** The uids on the labels of a coupling's objects. */
export interface Labelled {
  readonly plugUid: string;
  readonly socketUid: string;
}

/** The parts that are compared between two revisions. */
export interface Outcome {
  readonly config: BySide<Values>;
  readonly resources: readonly RenderedResource[];
  readonly serviceAccounts: BySide<string>;
  readonly epochs: BySide<string>;
  /** Present if a side has an apparatus. */
  readonly hooks?: HookMaterial | undefined;
}

/** The most that fits beside its metadata into a Secret (validation.MaxSecretSize is 1 MiB of data). */
const largest = 1_000_000;

/** The most bytes of a snapshot before compression: the limit of memory and time for packing and reading it. */
const largestUncompressed = 8 * 1024 * 1024;

/** The only limit of snapshots of earlier versions, in bytes. */
const largestRead = 64 * 1024 * 1024;

/** The most bytes that are compressed at once: larger work would block the event loop. */
const largestAtOnce = 256 * 1024;

const packSlowly = promisify(gzip);

const unpackSlowly = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

async function pack(text: string): Promise<Buffer> {
  return text.length <= largestAtOnce ? gzipSync(text) : packSlowly(text);
}

/** @throws Error if the content is not compressed, or larger than may be read */
async function unpack(content: Buffer): Promise<string> {
  const small = content.length <= largestAtOnce && sizeSaidIn(content) <= largestAtOnce;
  const bytes = small
    ? gunzipSync(content, { maxOutputLength: largestAtOnce })
    : await unpackSlowly(content, { maxOutputLength: largestRead });
  return bytes.toString();
}

/** The uncompressed size that gzip states at its end, which may be untrue. */
function sizeSaidIn(content: Buffer): number {
  return content.length < 4 ? 0 : content.readUInt32LE(content.length - 4);
}

/** The immutable Secret that holds a snapshot. @throws TooLarge */
export async function snapshotSecret(
  snapshot: Snapshot,
  {
    namespace,
    nonce,
    marks,
    besides = [],
  }: {
    readonly namespace: string;
    readonly nonce: string;
    readonly marks: readonly string[];
    readonly besides?: readonly MadeBesides[] | undefined;
  },
): Promise<KubeObject> {
  if (jsonLength(snapshot, largestUncompressed) > largestUncompressed) {
    throw new TooLarge(
      `the configs and rendered resources of this coupling are larger than ${megabytes(largestUncompressed)} uncompressed, the limit of a snapshot`,
    );
  }
  const content = await pack(writeJson(snapshot));
  if (content.length > largest) {
    throw new TooLarge(
      `the configs and rendered resources of this coupling have ${megabytes(content.length)} compressed; the limit of a snapshot is ${megabytes(largest)}`,
    );
  }
  const of = snapshotsOf(snapshot.plug);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: snapshotName(snapshot.plug, snapshot.revision, nonce),
      namespace,
      labels: {
        [labels.managedBy]: manager,
        [snapshotLabels.of]: of,
        [snapshotLabels.plugUid]: snapshot.plug.uid,
        [snapshotLabels.revision]: String(snapshot.revision),
        ...provenanceLabels(snapshot),
        ...Object.fromEntries(marks.map((mark) => [mark, "true"])),
      },
      ...(besides.length === 0 ? {} : { annotations: { [madeBesides]: writeMadeBesides(besides) } }),
    },
    immutable: true,
    type: "integration.rock8s.com/snapshot",
    data: { snapshot: content.toString("base64") },
  };
}

/** Characters of the value as JSON; counting stops past the limit. */
function jsonLength(value: unknown, limit: number): number {
  if (typeof value === "string") return JSON.stringify(value).length;
  if (typeof value !== "object" || value === null) return 8;
  let length = 2;
  for (const [key, inner] of Object.entries(value)) {
    length += (Array.isArray(value) ? 1 : key.length + 4) + jsonLength(inner, limit);
    if (length > limit) break;
  }
  return length;
}

/** An object that a coupling made beyond what its snapshot renders. */
export interface MadeBesides {
  readonly side: Side;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The annotation of a snapshot that names such objects, each once. */
export function writeMadeBesides(made: readonly MadeBesides[]): string {
  const rows = made.map(({ side, apiVersion, kind, name }) => JSON.stringify([side, apiVersion, kind, name]));
  return `[${[...new Set(rows)].join(",")}]`;
}

/** The objects that the annotation of a snapshot names; empty if there is none. */
export function readMadeBesides({ annotations }: ObjectMeta): readonly MadeBesides[] {
  const rows: unknown = JSON.parse(annotations?.[madeBesides] ?? "[]");
  return (Array.isArray(rows) ? rows : []).map(([side, apiVersion, kind, name]) => ({
    side: side === "socket" ? "socket" : "plug",
    apiVersion: String(apiVersion),
    kind: String(kind),
    name: String(name),
  }));
}

/** The labels by which a coupling is recognised from the metadata of its snapshot. */
function provenanceLabels({ plug, socket, clusterUid, admitted }: Snapshot): { readonly [label: string]: string } {
  const labels = {
    [snapshotLabels.clusterUid]: clusterUid,
    [snapshotLabels.plugNamespaceUid]: plug.namespaceUid,
    [snapshotLabels.socket]: snapshotsOf(socket),
    [snapshotLabels.socketNamespace]: socket.namespace,
    [snapshotLabels.socketNamespaceUid]: socket.namespaceUid,
    [snapshotLabels.admitted]: admitted,
  };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) => (value === undefined ? [] : [[label, value]])),
  );
}

/** Rounded, so that the message is the same for the same contents, whatever seed they contain. */
function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Reads a snapshot from its Secret. @throws InvalidInput if it is not a snapshot, or has a newer schema */
export async function parseSnapshot(secret: KubeObject): Promise<Snapshot> {
  const where = `snapshot ${secret.metadata.namespace}/${secret.metadata.name}`;
  const content = await contentOf(secret, where);
  if (!hasShape(content)) throw new InvalidInput(`${where} does not hold a snapshot`);
  if (content.schemaVersion > snapshotSchemaVersion) {
    throw new InvalidInput(
      `${where} was written by a newer Plugboard (schema ${content.schemaVersion}, known ${snapshotSchemaVersion}): upgrade this one`,
    );
  }
  return content;
}

async function contentOf(secret: KubeObject, where: string): Promise<unknown> {
  const { data } = secret;
  const text = typeof data === "object" && data !== null && "snapshot" in data ? data.snapshot : undefined;
  if (typeof text !== "string") throw new InvalidInput(`${where} has no data.snapshot`);
  try {
    return parseJson(await unpack(Buffer.from(text, "base64")));
  } catch (cause) {
    throw new InvalidInput(`${where} cannot be read`, { cause });
  }
}

function hasShape(content: unknown): content is Snapshot {
  if (typeof content !== "object" || content === null) return false;
  return (
    "schemaVersion" in content &&
    typeof content.schemaVersion === "number" &&
    "outcome" in content &&
    "plug" in content &&
    "socket" in content
  );
}

/** The sensitive texts in a snapshot, which are removed from messages of others about its objects. */
export function secretsIn({ outcome: { config, resources } }: Snapshot): readonly string[] {
  return [...secretsOf(config.plug, config.socket), ...resources.flatMap(({ secrets }) => secrets)];
}

/**
 * Whether two outcomes have the same effect.
 * The generations that hooks get count edits: an edit that is reverted changes nothing.
 */
export function sameOutcome(one: Outcome, other: Outcome): boolean {
  return isSame(comparable(one), comparable(other));
}

function comparable({ hooks, ...outcome }: Outcome): unknown {
  if (hooks === undefined) return outcome;
  return {
    ...outcome,
    hooks: { ...hooks, plug: withoutGeneration(hooks.plug), socket: withoutGeneration(hooks.socket) },
  };
}

function withoutGeneration(view: Json): unknown {
  if (!isMap(view) || !isMap(view["metadata"])) return view;
  const { generation: _edits, ...metadata } = view["metadata"];
  return { ...view, metadata };
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same JSON, whatever the order of keys. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [entries, others] = [definedEntries(one), new Map(definedEntries(other))];
  return (
    entries.length === others.size && entries.every(([key, value]) => others.has(key) && isSame(value, others.get(key)))
  );
}

function definedEntries(object: object): readonly (readonly [string, unknown])[] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}

/**
 * What a plug or socket took over from integration-operator, as its adoption found it: the uid of each object, by
 * key.
 */
export type Adopted = ReadonlyMap<string, string>;

/** The owner whose adoption it was. */
export interface Adopter {
  readonly kind: "Plug" | "Socket";
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
}
