import type { CloudEventV1 } from "cloudevents";
import { InvalidInput, unexpectedValue } from "../kit/errors.ts";
import type { Kind } from "../kit/kube/port.ts";
import type { StageRequest } from "../kit/loop/stage.ts";
import { spanNamed, type Trace, writeTraceparent } from "../kit/trace-context.ts";

/** The format of an operator's events: the prefix of their types, and the kind of object of each stage. */
export interface EventFormat<Stage extends string = string> {
  readonly typePrefix: string;
  readonly kindOfStage: { readonly [Name in Stage]: Kind };
  /** Whether the objects may be cluster-scoped: their events have no namespace. */
  readonly clusterScoped?: boolean | undefined;
}

/** Identifies the object of an event; contains nothing else of it. */
export interface EventObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number | undefined;
}

/** The data of an event: the same identity for readers of data only, and fields of the kind. Less than 1 KiB. */
export interface EventData {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly stage: string;
  readonly [further: string]: unknown;
}

/**
 * A CloudEvent that requests a stage.
 * Its attributes are listed in docs/design/architecture.md.
 * Only a type comes from the cloudevents package: loading it takes 25 ms and 12 MB.
 */
export interface StageEvent extends ObjectEvent {
  readonly data: EventData;
  readonly uid: string;
  /** The number of earlier requests; absent: none. */
  readonly attempt?: string;
}

/** The common attributes of stage events and facts. */
interface ObjectEvent extends CloudEventV1<object> {
  readonly specversion: "1.0";
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly partitionkey: string;
  readonly kind: string;
  readonly apiversion: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly generation?: string;
  readonly traceparent?: string;
}

export interface StageEventInput {
  /** The uid of namespace kube-system. */
  readonly clusterUid: string;
  readonly stage: string;
  readonly object: EventObject;
  /** A digest of the versions for which the stage is due. */
  readonly inputs: string;
  /** The number of earlier requests. */
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Fields of the kind besides the identity. */
  readonly data?: { readonly [field: string]: unknown } | undefined;
  /** The trace of the event; the event is a span of its own in it. */
  readonly trace?: Trace | undefined;
}

/** Facts repeat names in headers, which servers limit to about 16 KiB. */
const longestName = 1_024;

/** The event that requests a stage. */
export function stageEvent(format: EventFormat, input: StageEventInput): StageEvent {
  const { stage, object, attempt, data, trace } = input;
  const { apiVersion, kind, namespace, name, uid, generation } = object;
  const id = [uid, object.resourceVersion, stage, input.inputs, ...(attempt > 0 ? [attempt] : [])].join(".");
  return {
    specversion: "1.0",
    id,
    type: eventType(format, stage),
    source: `/clusters/${input.clusterUid}`,
    subject: subjectPath(object),
    time: new Date(input.now).toISOString(),
    datacontenttype: "application/json",
    partitionkey: uid,
    kind,
    apiversion: apiVersion,
    namespace,
    name,
    uid,
    ...(generation === undefined ? {} : { generation: String(generation) }),
    ...(attempt === 0 ? {} : { attempt: String(attempt) }),
    ...(trace === undefined ? {} : { traceparent: writeTraceparent(trace, spanNamed(id)) }),
    data: { apiVersion, kind, namespace, name, uid, stage, ...data },
  };
}

/** The parts of a stage event that continue in the event of its fact. */
export interface RequestEvent {
  readonly id: string;
  readonly source: string;
  readonly generation?: unknown;
  readonly attempt?: unknown;
}

export interface Happened {
  readonly request: StageRequest;
  readonly fact: string;
  readonly trace: Trace | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The event of a fact. A request written by hand may lack the uid. */
export interface FactEvent extends ObjectEvent {
  readonly data: Omit<EventData, "uid"> & { readonly uid?: string };
  readonly uid?: string;
}

/**
 * The event of a stage's result.
 * It repeats only the parsed parts of the stage event.
 * However often a stage was requested, its fact has one id.
 */
export function factEvent(
  format: EventFormat,
  event: RequestEvent,
  { request, fact, trace, now }: Happened,
): FactEvent {
  const { stage, namespace, name, uid } = request;
  const { apiVersion, kind } = kindOf(format, stage);
  const id = `${firstId(event)}.${fact}`;
  const identity = uid === undefined ? {} : { uid };
  return {
    specversion: "1.0",
    id,
    type: eventType(format, fact),
    source: event.source,
    subject: subjectPath({ apiVersion, kind, namespace, name }),
    time: new Date(now).toISOString(),
    datacontenttype: "application/json",
    partitionkey: uid ?? `${namespace}/${name}`,
    kind,
    apiversion: apiVersion,
    namespace,
    name,
    ...identity,
    ...(isGeneration(event.generation) ? { generation: event.generation } : {}),
    ...(trace === undefined ? {} : { traceparent: writeTraceparent(trace, spanNamed(id)) }),
    data: { apiVersion, kind, namespace, name, ...identity, stage },
  };
}

/** The id of the first event with the same request. */
function firstId({ id, attempt }: RequestEvent): string {
  const suffix = `.${attempt}`;
  return typeof attempt === "string" && id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
}

/** Whether an attribute can be an object's generation. */
export function isGeneration(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,19}$/.test(value);
}

/** The type of the events of a stage or a fact. */
export function eventType({ typePrefix }: EventFormat, name: string): string {
  return `${typePrefix}${name}`;
}

/**
 * Parses the request in an event.
 * In an event written by hand, `subject` may replace `namespace` and `name`.
 * @throws InvalidInput naming the attribute
 */
export function parseStageRequest<Stage extends string>(
  format: EventFormat<Stage>,
  event: unknown,
): StageRequest<Stage> {
  if (typeof event !== "object" || event === null)
    throw new InvalidInput("expected a CloudEvent, an object of attributes");
  const attributes = event as { readonly [name: string]: unknown };
  if (attributes["specversion"] !== "1.0") throw wrongAttribute("specversion", "1.0", attributes["specversion"]);
  for (const name of ["id", "source"])
    if (required(attributes, name).length > longestName)
      throw wrongAttribute(name, `at most ${longestName} characters`, attributes[name]);
  const stage = parseStage(format, required(attributes, "type"));
  const subject = parseSubject(optional(attributes, "subject"), kindOf(format, stage), format);
  const namespace = parseNamespace(format, optional(attributes, "namespace") ?? subject?.namespace);
  const name = parseName("name", optional(attributes, "name") ?? subject?.name);
  if (subject !== undefined && (subject.namespace !== namespace || subject.name !== name))
    throw wrongAttribute("subject", `the path of ${namespace}/${name}`, attributes["subject"]);
  const uid = optional(attributes, "uid");
  return { stage, namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function parseStage<Stage extends string>(format: EventFormat<Stage>, type: string): Stage {
  const names = Object.keys(format.kindOfStage) as Stage[];
  const stage = names.find((name) => eventType(format, name) === type);
  if (stage === undefined) throw wrongAttribute("type", `${format.typePrefix} and one of ${names.join(", ")}`, type);
  return stage;
}

function parseSubject(
  subject: string | undefined,
  kind: Kind,
  { clusterScoped }: EventFormat,
): { readonly namespace: string; readonly name: string } | undefined {
  if (subject === undefined) return undefined;
  const prefix = pathPrefix(kind);
  const match = /^(?:namespaces\/([^/]+)\/)?([a-z]+)\/([^/]+)$/.exec(
    subject.startsWith(prefix) ? subject.slice(prefix.length) : "",
  );
  const [, namespace = clusterScoped === true ? "" : undefined, plural, name] = match ?? [];
  if (namespace === undefined || name === undefined || plural !== pluralOf(kind))
    throw wrongAttribute("subject", `${prefix}namespaces/<namespace>/${pluralOf(kind)}/<name>`, subject);
  return { namespace, name };
}

function parseNamespace({ clusterScoped }: EventFormat, value: string | undefined): string {
  return clusterScoped === true && (value ?? "") === "" ? "" : parseName("namespace", value);
}

function parseName(attribute: string, value: string | undefined): string {
  if (value === undefined || !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(value))
    throw wrongAttribute(attribute, "a Kubernetes name", value);
  return value;
}

function required(attributes: { readonly [name: string]: unknown }, name: string): string {
  const value = optional(attributes, name);
  if (value === undefined || value === "") throw wrongAttribute(name, "a non-empty string", value);
  return value;
}

function optional(attributes: { readonly [name: string]: unknown }, name: string): string | undefined {
  const value = attributes[name];
  if (value === undefined || typeof value === "string") return value;
  throw wrongAttribute(name, "a string", value);
}

/** The subject of events about an object. */
export function subjectPath(object: Omit<EventObject, "uid" | "resourceVersion" | "generation">): string {
  const place = object.namespace === "" ? "" : `namespaces/${object.namespace}/`;
  return `${pathPrefix(object)}${place}${pluralOf(object)}/${object.name}`;
}

function pathPrefix({ apiVersion }: Kind): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}/` : `/api/${apiVersion}/`;
}

function pluralOf({ kind }: Kind): string {
  return `${kind.toLowerCase()}s`;
}

/** The kind of object of a stage. @throws InvalidInput for an unknown stage */
export function kindOf({ kindOfStage }: EventFormat, stage: string): Kind {
  const kind = kindOfStage[stage];
  if (kind === undefined) throw new InvalidInput(`there is no stage ${stage}`);
  return kind;
}

/** The error for an attribute with an unexpected value. */
export function wrongAttribute(attribute: string, expected: string, found: unknown): InvalidInput {
  return unexpectedValue(`CloudEvent attribute ${attribute}`, expected, found);
}
