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

/** The version of the shape below. A function that meets a newer one waits for an operator that knows it. */
export const snapshotSchemaVersion = 1;

export interface OwnerIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The uid of its namespace; absent where that could not be read, and in snapshots of an older Plugboard. */
  readonly namespaceUid?: string | undefined;
}

/** What one revision of a coupling is: all that couple, update, decouple and repair need, although its inputs have gone. */
export interface Snapshot {
  readonly schemaVersion: number;
  readonly revision: number;
  readonly plug: OwnerIdentity;
  readonly socket: OwnerIdentity;
  /** The uid of the cluster (of its namespace kube-system); absent as a namespace's is. */
  readonly clusterUid?: string | undefined;
  /** The digest of what admitted the plug to the socket; absent for a coupling that was adopted and not admitted since. */
  readonly admitted?: string | undefined;
  /** What the coupling was adopted on: what that records is accounted for here. */
  readonly succeeds?: Succession | undefined;
  /** The time that clock functions read. */
  readonly resolvedAt: string;
  /** What random functions draw from; the same for the life of the coupling. */
  readonly seed: string;
  /** Whether keys or certificates were made, which are in a Secret of their own. */
  readonly keeps: boolean;
  readonly outcome: Outcome;
  /** As last applied, what only `coupled` renders. */
  readonly asCoupled: readonly RenderedResource[];
}

/** An adoption. */
export interface Succession {
  /** The snapshot that the coupling was adopted on. */
  readonly name: string;
  /** By which uids its objects may be labelled still: of those that the coupling was before, the latest first, 10 at most. */
  readonly labelled: readonly Labelled[];
}

/** The uids on the labels of a coupling's objects. */
export interface Labelled {
  readonly plugUid: string;
  readonly socketUid: string;
}

/** What counts when two revisions are compared. */
export interface Outcome {
  readonly config: BySide<Values>;
  readonly resources: readonly RenderedResource[];
  readonly serviceAccounts: BySide<string>;
  readonly epochs: BySide<string>;
  /** Where either side has an apparatus. */
  readonly hooks?: HookMaterial | undefined;
}

/** The most that fits beside its metadata into a Secret (validation.MaxSecretSize is 1 MiB of data). */
const largest = 1_000_000;

/** The most that a snapshot may be before it is compressed: what packing and reading it may take of memory and time. */
const largestUncompressed = 8 * 1024 * 1024;

/** Snapshots of former versions had no bound but this one. */
const largestRead = 64 * 1024 * 1024;

/** What is packed and unpacked at once; what is larger would hold up all others. */
const largestAtOnce = 256 * 1024;

const packSlowly = promisify(gzip);

const unpackSlowly = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

async function pack(text: string): Promise<Buffer> {
  return text.length <= largestAtOnce ? gzipSync(text) : packSlowly(text);
}

/** @throws Error where it is not compressed, or larger than may be read */
async function unpack(content: Buffer): Promise<string> {
  const small = content.length <= largestAtOnce && sizeSaidIn(content) <= largestAtOnce;
  const bytes = small
    ? gunzipSync(content, { maxOutputLength: largestAtOnce })
    : await unpackSlowly(content, { maxOutputLength: largestRead });
  return bytes.toString();
}

/** What gzip says at its end that it unpacks to; it may say anything. */
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

/** As the annotation of a snapshot has them: each once. */
export function writeMadeBesides(made: readonly MadeBesides[]): string {
  const rows = made.map(({ side, apiVersion, kind, name }) => JSON.stringify([side, apiVersion, kind, name]));
  return `[${[...new Set(rows)].join(",")}]`;
}

/** What the annotation of a snapshot names; nothing where there is none. */
export function readMadeBesides({ annotations }: ObjectMeta): readonly MadeBesides[] {
  const rows: unknown = JSON.parse(annotations?.[madeBesides] ?? "[]");
  return (Array.isArray(rows) ? rows : []).map(([side, apiVersion, kind, name]) => ({
    side: side === "socket" ? "socket" : "plug",
    apiVersion: String(apiVersion),
    kind: String(kind),
    name: String(name),
  }));
}

/** What is known again of a coupling by the metadata of its snapshot alone. */
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

/** Round, so that the same is said of the same contents whatever seed is among them. */
function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Reads a snapshot from its Secret. @throws InvalidInput when it is not one, or is of a newer schema */
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

/** The sensitive texts in a snapshot, for blanking them in what others say of what it renders. */
export function secretsIn({ outcome: { config, resources } }: Snapshot): readonly string[] {
  return [...secretsOf(config.plug, config.socket), ...resources.flatMap(({ secrets }) => secrets)];
}

/** Whether two outcomes are the same in effect. The generations that hooks are told count edits: an edit that is taken back changes nothing. */
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

/** What a plug or socket took over from integration-operator, as its adoption found it: the uid of each object, by key. */
export type Adopted = ReadonlyMap<string, string>;

/** The owner whose adoption it was. */
export interface Adopter {
  readonly kind: "Plug" | "Socket";
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
}
