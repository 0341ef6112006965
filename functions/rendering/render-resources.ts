import { actionOf, engineOf, preserved, whenOf } from "../../crds/coupling/defaults.ts";
import * as messages from "../../crds/messages.ts";
import { group } from "../../crds/names.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { bytesOf, hasBytes, printable, textOf } from "../../kit/encoding/bytes.ts";
import { copyJson, memberOf, textsIn, writeJson } from "../../kit/encoding/exact-json.ts";
import { InvalidInput } from "../../kit/errors.ts";
import type { Json, KubeObject } from "../../kit/kube/port.ts";
import { isSecret } from "../../kit/outlet/outlet.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import {
  type Engine,
  type Memory,
  type MissingValues,
  type MissingWithin,
  type RenderContext,
  type RenderedObject,
  renderObject,
  renderYaml,
  tellsInName,
} from "../../templates/template.ts";
import {
  type ByProducts,
  type Dropped,
  gather,
  missingRemarks,
  noByProducts,
  type Remark,
  type SensitiveName,
} from "./remarks.ts";
import { ownMetadata } from "./server-set.ts";
import { type MarkedData, markedAlone, originOfBytes, type Side, type Values } from "./values.ts";

export type LifecycleEvent = "created" | "coupled" | "updated" | "decoupled" | "deleted";

/** An entry of spec.resources or spec.resultResources, of either kind. */
export interface ResourceEntry {
  readonly when?: readonly LifecycleEvent[] | undefined;
  readonly do?: "apply" | "delete" | "recreate" | undefined;
  readonly template?: { readonly [field: string]: unknown } | undefined;
  readonly templates?: readonly { readonly [field: string]: unknown }[] | undefined;
  readonly stringTemplate?: string | undefined;
  readonly stringTemplates?: readonly string[] | undefined;
  readonly preserveWhenDecoupled?: boolean | undefined;
  readonly retainWhenDecoupled?: boolean | undefined;
  readonly engine?: Engine | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly recreateWaitSeconds?: number | undefined;
}

/** One object that an entry renders. */
export interface RenderedResource {
  readonly side: Side;
  readonly when: readonly LifecycleEvent[];
  readonly do: "apply" | "delete" | "recreate";
  readonly retained: boolean;
  /** The paths of fields that are left to other clients after the creation; absent: none. */
  readonly ignore?: readonly string[] | undefined;
  /** How long the stage waits for another coupling's Job or Pod to end, in seconds; absent: 600. */
  readonly recreateWaitSeconds?: number | undefined;
  readonly object: KubeObject;
  /**
   * The sensitive texts in it, which are removed from messages of others.
   * If there are any, the API server's text is not repeated.
   */
  readonly secrets: readonly string[];
}

export interface Rendering {
  readonly resources: readonly RenderedResource[];
  /** Newly made keys and certificates, which are stored before anything is applied. */
  readonly made: ReadonlyMap<string, string>;
  readonly sensitiveNames: readonly SensitiveName[];
  readonly remarks: readonly Remark[];
}

/** A plug or socket of the rendered coupling. */
export interface Party {
  readonly kind: "Plug" | "Socket";
  readonly namespace: string;
  readonly name: string;
}

/** The plug and the socket that it names, or the socket alone. Their own coupling must not render them. */
export function partiesOf(owner: Plug | Socket): readonly Party[] {
  const { namespace, name } = owner.metadata;
  if (owner.kind === "Socket") return [{ kind: "Socket", namespace, name }];
  const { socket } = owner.spec;
  return [
    { kind: "Plug", namespace, name },
    { kind: "Socket", namespace: socket.namespace ?? namespace, name: socket.name },
  ];
}

export interface RenderingOf {
  readonly side: Side;
  readonly parties: readonly Party[];
  readonly field: "resources" | "resultResources";
  readonly namespace: string;
  readonly engine: Engine | undefined;
  readonly data: MarkedData;
  readonly memory: Memory;
  readonly missingValues: MissingValues;
  /** The values that the templates read. They tell where bytes come from. */
  readonly sources?: readonly Values[] | undefined;
  /** Values that the interface drops although templates may read them. */
  readonly dropped?: Dropped | undefined;
  readonly budget: Budget;
}

/** Renders the entries that `concerns` picks. @throws TemplateError, TooLarge, InvalidInput naming the entry */
export function renderResources(
  entries: readonly ResourceEntry[] | undefined,
  of: RenderingOf,
  concerns: (when: readonly LifecycleEvent[]) => boolean,
): Rendering {
  const found = noByProducts();
  const sensitiveNames: SensitiveName[] = [];
  const resources = (entries ?? []).flatMap((entry, index) => {
    const when = whenOf(entry);
    if (of.field === "resources" && !concerns(when)) return [];
    return renderEntry(entry, `${of.side} spec.${of.field}[${index}]`, of, found).map(
      ({ object, secrets, sensitiveName }): RenderedResource => {
        if (sensitiveName !== undefined)
          sensitiveNames.push({ side: of.side, place: sensitiveName, kind: object.kind });
        return {
          side: of.side,
          when,
          do: actionOf(entry),
          retained: preserved(entry),
          ...(entry.ignore === undefined || entry.ignore.length === 0 ? {} : { ignore: entry.ignore }),
          ...(entry.recreateWaitSeconds === undefined ? {} : { recreateWaitSeconds: entry.recreateWaitSeconds }),
          object,
          secrets,
        };
      },
    );
  });
  return { resources, ...found, sensitiveNames };
}

function renderEntry(entry: ResourceEntry, place: string, of: RenderingOf, found: ByProducts): readonly Manifest[] {
  const engine = engineOf(of, entry);
  const objects = named("template", entry.template, entry.templates);
  const texts = named("stringTemplate", entry.stringTemplate, entry.stringTemplates);
  const renderings = [
    ...objects.map(([field, template]) => {
      const json = jsonOf(template);
      return { field, text: "", render: (context: RenderContext) => [renderObject(json, context)] };
    }),
    ...texts.map(([field, text]) => ({ field, text, render: (context: RenderContext) => renderYaml(text, context) })),
  ];
  return renderings.flatMap(({ field, text, render }) => {
    const { data, budget, missingValues } = of;
    const context = { data, memory: of.memory, budget, missingValues, engine, place: `${place}.${field}` };
    const rendered = render(context);
    for (const { made, missing } of rendered)
      gather(found, { made, remarks: missingRemarks(of.side, missing, of.dropped ?? {}) });
    const memory = { ...of.memory, kept: new Map([...of.memory.kept, ...found.made]) };
    const only = { ...context, memory, data: markedAlone(data) };
    refuseMarked(rendered, { all: context, only, isMarked: data.marked.length > 0, renderMarked: () => render(only) });
    const manifests = rendered.flatMap((one) => manifestOf(one, { place: context.place, entry: place, text, of }));
    for (const { object, dropped } of manifests)
      if (dropped.length > 0)
        found.remarks.push({ side: of.side, ...messages.serverSetFields(place, object, dropped) });
    return manifests;
  });
}

interface Marking {
  /** The data of the rendering, and the same with only the marked values sensitive. */
  readonly all: RenderContext;
  readonly only: RenderContext;
  /** Whether an interface marks anything. */
  readonly isMarked: boolean;
  readonly renderMarked: () => readonly RenderedObject[];
}

/** Refuses names and keys that contain a value that the interface marks as sensitive. @throws InvalidInput */
function refuseMarked(rendered: readonly RenderedObject[], { all, only, isMarked, renderMarked }: Marking): void {
  const suspect = (one: RenderedObject): boolean =>
    one.sensitiveKeys.length > 0 || identityTells(one, ["metadata", "name"], tellsOf(all));
  if (!isMarked || !rendered.some(suspect)) return;
  for (const one of renderMarked()) {
    const key = one.sensitiveKeys.find(({ madeOf }) => madeOf);
    if (key !== undefined) throw new InvalidInput(`${key.place}: the key ${madeOfMarked}`);
    if (identityTells(one, ["metadata", "name"], tellsOf(only)))
      throw new InvalidInput(`${only.place}: metadata.name ${madeOfMarked}`);
  }
}

const madeOfMarked = "contains a value that the interface marks as sensitive. Names and keys are visible to everybody";

/** The single and the plural form of a field, each with its path. */
function named<T>(
  field: string,
  one: T | undefined,
  many: readonly T[] | undefined,
): readonly (readonly [string, T])[] {
  const first = one === undefined ? [] : [[field, one] as const];
  return [...first, ...(many ?? []).map((other, index) => [`${field}s[${index}]`, other] as const)];
}

interface Manifest {
  readonly object: KubeObject;
  /** Fields that were left out because only the API server sets them. */
  readonly dropped: readonly string[];
  readonly secrets: readonly string[];
  /** The template whose sensitive value is in the name. */
  readonly sensitiveName?: string | undefined;
}

interface ManifestOf {
  /** The place of the template, and its entry. */
  readonly place: string;
  readonly entry: string;
  /** Its YAML text; empty if it is an object. */
  readonly text: string;
  readonly of: RenderingOf;
}

function manifestOf(rendered: RenderedObject, { place, entry, text, of }: ManifestOf): readonly Manifest[] {
  const { value, sensitive, missing } = rendered;
  const { namespace, data, budget, parties, sources = [] } = of;
  if (value === null) return [];
  for (const one of missing) refuseNameless(one);
  if (!isMap(value))
    throw new InvalidInput(
      `${entry}: renders to ${describe(value, sensitive.length > 0)}, not to an object with apiVersion, kind and metadata.name`,
    );
  for (const path of publicPaths)
    if (identityTells(rendered, path, (printed) => printed !== namespace && !text.includes(printed)))
      throw new InvalidInput(`${place}: ${path.join(".")} contains a sensitive value, but everybody can see it`);
  const { apiVersion, kind, metadata } = value;
  const name = isMap(metadata) ? metadata["name"] : undefined;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || apiVersion === "" || kind === "") {
    throw new InvalidInput(`${entry}: the rendered object lacks apiVersion or kind`);
  }
  if (!isMap(metadata) || typeof name !== "string" || name === "")
    throw new InvalidInput(`${entry}: the rendered ${kind} ${describeName(name, isSensitiveName(sensitive))}`);
  const said = metadata["namespace"];
  if (said !== undefined && said !== "" && said !== namespace) {
    throw new InvalidInput(
      `${entry}: the ${kind} ${name} names namespace ${writeJson(said)}, but may only use the namespace of its owner, ${namespace}`,
    );
  }
  const own = parties.find((party) => party.kind === kind && party.namespace === namespace && party.name === name);
  if (own !== undefined && apiVersion.startsWith(`${group}/`))
    throw new InvalidInput(
      `${entry}: renders the ${own.kind} ${own.namespace}/${own.name} of its own coupling, which would change the coupling each time it is applied. ` +
        `Remove it from the resources, or give it another name`,
    );
  const { own: kept, dropped } = ownMetadata(metadata);
  const object = dataOfSecrets({ ...value, apiVersion, kind, metadata: { ...kept, name, namespace } });
  const saying = (text: string): string => {
    const from = originOfBytes(text, ...sources);
    return `${entry}: the ${kind} ${printable(name)}${from === undefined ? "" : ` has bytes of ${from}`}`;
  };
  refuseBytes(object, { saying, sensitive, path: [] });
  const tells = tellsOf({ data, budget, place });
  const sensitiveName = identityTells(rendered, ["metadata", "name"], tells) ? place : undefined;
  return [{ object, dropped, secrets: secretsOfObject(rendered, isSecret(object), tells), sensitiveName }];
}

interface Looking {
  /** The start of the message. */
  readonly saying: (text: string) => string;
  readonly sensitive: RenderedObject["sensitive"];
  readonly path: readonly (string | number)[];
}

/** Only a Secret's data can be bytes that are not text, and those are base64 at this point. @throws InvalidInput */
function refuseBytes(value: unknown, looking: Looking): void {
  const { saying, sensitive, path } = looking;
  if (typeof value === "string" && hasBytes(value))
    throw new InvalidInput(
      `${saying(value)}: ${shownPath(path, sensitive)} has bytes that are not text (UTF-8). Encode them with b64enc, or use stringData of a Secret`,
    );
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    refuseBytes(inner, { ...looking, path: [...path, key] });
    if (hasBytes(key)) refuseBytes(key, { ...looking, path: [...path, "a key"] });
  }
}

/** The path, without keys that read a sensitive value. */
function shownPath(path: Looking["path"], sensitive: RenderedObject["sensitive"]): string {
  const isSensitive = (of: Looking["path"]): boolean =>
    sensitive.some((known) => known.length <= of.length && known.every((step, n) => String(step) === String(of[n])));
  return path.map((step, n) => (isSensitive(path.slice(0, n)) ? "(sensitive)" : printable(String(step)))).join(".");
}

const identity = new Set(["apiVersion", "kind", "metadata.name", "metadata.namespace"]);

/** Refuses kinds, names and keys that contain a value that does not exist. @throws InvalidInput */
function refuseNameless({ place, line, column, path, isKey, expression }: MissingWithin): void {
  const where = path.join(".");
  if (!isKey && !identity.has(where)) return;
  const what = isKey ? `a key${where === "" ? "" : ` of ${where}`}` : where;
  throw new InvalidInput(
    `${place}, line ${line}, column ${column}: ${what} contains ${expression}, which has no value. Give the value, or print a default`,
  );
}

/** Whether the name read a sensitive value. */
function isSensitiveName(sensitive: RenderedObject["sensitive"]): boolean {
  return sensitive.some((path) => path.every((step, index) => step === ["metadata", "name"][index]));
}

/** The problem of a name that is not text. */
function describeName(name: Json | undefined, secret: boolean): string {
  if (name === undefined || name === null || name === "") return "lacks metadata.name";
  const scalar = typeof name === "number" || typeof name === "bigint" || typeof name === "boolean";
  if (!scalar) return `has ${describe(name, secret)} as metadata.name, but a name must be text`;
  const type = typeof name === "boolean" ? "boolean" : "number";
  const shown = secret ? `a ${type}` : `the ${type} ${name}`;
  return `has ${shown} as metadata.name, but a name must be text. Put it between quotes, as in name: "{% .plugConfig.x %}"`;
}

const publicPaths = [["apiVersion"], ["kind"], ["metadata", "namespace"]] as const;

/**
 * Whether a part of an object's identity contains a sensitive value.
 * For the output of toYaml, `suspect` decides by the text.
 */
function identityTells(
  { value, madeOf }: RenderedObject,
  path: readonly string[],
  suspect: (text: string) => boolean,
): boolean {
  const within = madeOf.filter((made) => made.path.every((key, index) => key === path[index]));
  if (within.some((made) => !made.within)) return true;
  if (within.length === 0) return false;
  const text = path.reduce<Json | undefined>(memberOf, value);
  return typeof text === "string" && suspect(text);
}

/** Whether a name or key contains a part of a sensitive value. */
function tellsOf(context: Parameters<typeof tellsInName>[1]): (text: string) => boolean {
  return (text) => tellsInName(text, context);
}

/** The sensitive texts in an object: its values, keys that contain one, and the decoded data of a Secret. */
function secretsOfObject(
  { value, sensitive, madeOf, sensitiveKeys }: RenderedObject,
  secret: boolean,
  tells: (text: string) => boolean,
): readonly string[] {
  const printed = new Set(madeOf.map(({ path }) => JSON.stringify(path)));
  const leaves = sensitive.flatMap((path) => {
    const leaf = path.reduce<Json | undefined>(memberOf, value);
    // Output that only depends on a sensitive value is the author's text.
    // Each sensitive value in it has a path of its own.
    const authors = typeof leaf === "object" && leaf !== null && !printed.has(JSON.stringify(path));
    const part = leaf === undefined || authors ? [] : textsIn(leaf);
    return secret && path[0] === "data" ? part.flatMap((text) => [text, textOf(Buffer.from(text, "base64"))]) : part;
  });
  const keys = sensitiveKeys.filter(({ text, madeOf: itself }) => itself || tells(text));
  return [...new Set([...leaves, ...keys.map(({ text }) => text)])].filter((text) => text !== "");
}

/** Converts `stringData` of a Secret to `data`: the API server keeps no field ownership of `stringData`. */
function dataOfSecrets(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (object.kind !== "Secret" || object.apiVersion !== "v1" || !isRecord(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    bytesOf(String(text ?? "")).toString("base64"),
  ]);
  return { ...rest, data: { ...(isRecord(rest["data"]) ? rest["data"] : {}), ...Object.fromEntries(encoded) } };
}

function jsonOf(template: { readonly [field: string]: unknown }): Json {
  return copyJson(template) as Json;
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: Json, sensitive: boolean): string {
  if (Array.isArray(value)) return "a list";
  return sensitive ? `a ${typeof value}` : `the ${typeof value} ${writeJson(value).slice(0, 40)}`;
}
