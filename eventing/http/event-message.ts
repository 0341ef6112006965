import { CloudEvent, type CloudEventV1, HTTP, ValidationError } from "cloudevents";
import { InvalidInput } from "../../kit/errors.ts";
import { wrongAttribute } from "../cloud-events.ts";
import { decodeHeader, encodeHeader, parseJson } from "./header-value.ts";

/** Headers in the forms of Node (`headersDistinct`, `headers`) and undici. */
export interface EventHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

/**
 * The attributes of a CloudEvent as received: required ones exist, none was generated.
 * Its data, if any, is in `data`.
 */
export interface ReceivedEvent {
  readonly [attribute: string]: unknown;
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
}

/** A CloudEvent as an HTTP message in binary mode. */
export interface EventMessage {
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
}

/**
 * Reads the CloudEvent of an HTTP message, in binary or structured mode, and validates it.
 * @throws InvalidInput naming the header or attribute
 */
export function readEvent(headers: EventHeaders, body: Uint8Array): ReceivedEvent {
  const given = singleHeaders(headers);
  const mode = mediaTypeOf(given.get("content-type"));
  if (mode.startsWith("application/cloudevents-batch"))
    throw new InvalidInput("this is a batch of CloudEvents; send them one by one");
  if (!mode.startsWith("application/cloudevents")) return checked(binaryEvent(given, body));
  if (mode !== "application/cloudevents+json")
    throw new InvalidInput(
      `content-type ${JSON.stringify(mode)}: a structured CloudEvent is application/cloudevents+json`,
    );
  return checked(structuredEvent(body));
}

/**
 * Writes a CloudEvent as an HTTP message in binary mode.
 * Attributes are encoded, so that no value can end a header.
 * @throws InvalidInput if it is not a CloudEvent
 */
export function writeEvent(event: CloudEventV1<unknown>): EventMessage {
  const { headers } = valid(() => HTTP.binary(packaged(event)));
  const extensions = Object.entries(event).filter(([name]) => !specified.has(name));
  for (const [name] of extensions) checkName(name);
  const written = [...Object.entries(headers), ...extensions.map(([name, value]) => [`ce-${name}`, value] as const)]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, name === "content-type" ? String(value) : encodeHeader(String(value))]);
  return { headers: Object.fromEntries(written), body: bodyOf(event) };
}

/** The package writes JSON values that are not objects as text. */
function bodyOf({ data, datacontenttype = "application/json" }: CloudEventV1<unknown>): string | Uint8Array {
  if (data === undefined) return "";
  if (data instanceof Uint8Array) return data;
  return typeof data === "string" && !isJson(datacontenttype) ? data : JSON.stringify(data);
}

/** The headers of attributes, each only once: readers would treat duplicates differently. */
function singleHeaders(headers: EventHeaders): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    const name = header.toLowerCase();
    const values = value === undefined || typeof value === "string" ? [value ?? []].flat() : value;
    if (values.length === 0 || !(name === "content-type" || name.startsWith("ce-"))) continue;
    if (values.length > 1 || given.has(name))
      throw new InvalidInput(`header ${name}: given more than once; a CloudEvent has every attribute once`);
    given.set(name, values[0] ?? "");
  }
  return given;
}

function binaryEvent(headers: ReadonlyMap<string, string>, body: Uint8Array): Attributes {
  const attributes = [...headers].filter(([name]) => name.startsWith("ce-"));
  if (attributes.length === 0)
    throw new InvalidInput(
      "this request contains no CloudEvent. Send the headers ce-specversion, ce-id, ce-source and ce-type, " +
        "or content-type application/cloudevents+json with the event as its body",
    );
  const contentType = headers.get("content-type");
  const event: { [attribute: string]: unknown } = Object.create(null);
  for (const [header, value] of attributes) event[header.slice("ce-".length)] = decodeHeader(header, value);
  for (const name of ["data", "datacontenttype"])
    if (name in event) throw new InvalidInput(`header ce-${name}: a binary CloudEvent has no such header`);
  if (contentType !== undefined) event["datacontenttype"] = contentType;
  if (body.length > 0) event["data"] = isJson(contentType) ? parseJson(body) : body;
  return event;
}

/** In JSON, a missing attribute and null both mean that it is absent. */
function structuredEvent(body: Uint8Array): Attributes {
  const event = parseJson(body);
  if (typeof event !== "object" || event === null || Array.isArray(event))
    throw new InvalidInput("the body is not a CloudEvent: expected one JSON object of attributes");
  const { data_base64: base64, ...attributes } = Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== null),
  );
  if (base64 === undefined) return attributes;
  if (typeof base64 !== "string" || "data" in attributes || !isBase64(base64))
    throw new InvalidInput("CloudEvent attribute data_base64: expected base64, and no data beside it");
  const data = Buffer.from(base64, "base64");
  return { ...attributes, data: isJson(attributes["datacontenttype"]) ? parseJson(data) : data };
}

interface Attributes {
  readonly [attribute: string]: unknown;
}

/** The package would generate a missing id, time or specversion, so required attributes are checked first. */
function checked(event: Attributes): ReceivedEvent {
  const { specversion, id, source, type } = event;
  if (specversion !== "1.0") throw wrongAttribute("specversion", '"1.0"', specversion);
  if (!isText(id)) throw wrongAttribute("id", "a non-empty string", id);
  if (!isText(source)) throw wrongAttribute("source", "a non-empty string", source);
  if (!isText(type)) throw wrongAttribute("type", "a non-empty string", type);
  for (const [name, value] of Object.entries(event)) checkAttribute(name, value);
  const received = { ...event, specversion, id, source, type } as const;
  valid(() => packaged(received));
  return received;
}

/** The attributes of the specification, and data; all others are extensions. */
const specified: ReadonlySet<string> = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "data",
]);

/**
 * An event for the package, without extensions: one named `constructor` or `validate` would replace a member of its
 * class.
 */
function packaged(
  event: Attributes & Pick<CloudEventV1<unknown>, "specversion" | "id" | "source" | "type">,
): CloudEvent<unknown> {
  const { specversion, id, source, type } = event;
  const own = Object.fromEntries(Object.entries(event).filter(([name]) => specified.has(name)));
  return new CloudEvent({ ...own, specversion, id, source, type });
}

/** Characters that CloudEvents forbids in strings: control characters, noncharacters and lone surrogates. */
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

function checkAttribute(name: string, value: unknown): void {
  if (name === "data") return;
  checkName(name);
  const integer = Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
  if (typeof value !== "string" && typeof value !== "boolean" && !integer)
    throw wrongAttribute(name, "a string, an integer or a boolean", value);
  if (typeof value === "string" && forbidden.test(value)) throw wrongAttribute(name, "no control characters", value);
}

function checkName(name: string): void {
  if (/^[a-z0-9]+$/.test(name)) return;
  throw new InvalidInput(
    `CloudEvent attribute ${JSON.stringify(name.slice(0, 100))}: a name has lower-case letters and digits only`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Runs the package's validation, with our words for its errors. */
function valid<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw new InvalidInput(`not a CloudEvent: ${complaintOf(cause)}`, { cause });
  }
}

function complaintOf({ message, errors }: ValidationError): string {
  const found: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof found !== "object" || found === null) return message.slice(0, 200);
  const { instancePath = "", message: why = "" } = found as { readonly [field: string]: unknown };
  return `${String(instancePath).replace(/^\//, "attribute ")} ${String(why)}`.trim().slice(0, 200);
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function isJson(contentType: unknown): boolean {
  return typeof contentType === "string" && /^[a-z]+\/([^;\s]+\+)?json$/.test(mediaTypeOf(contentType));
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
}
