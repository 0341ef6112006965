import { hash } from "node:crypto";

/** A trace in the sense of W3C Trace Context. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The parent span of the present work: 16 hexadecimal digits. */
  readonly parent: string;
  /** Two hexadecimal digits: 01 means that the trace is recorded. */
  readonly flags: string;
}

/** The trace under which a stage runs. */
export interface RequestTrace extends Trace {
  /** Somebody asked under a trace of theirs, not under the one that an object has by itself. */
  readonly callers: boolean;
}

/** The part of an object or event that its trace needs. */
export interface Traced {
  readonly uid?: string | undefined;
  readonly generation?: number | string | undefined;
  /** The trace that its creator gave. */
  readonly traceparent?: unknown;
}

/**
 * Parses a traceparent; undefined if it is invalid.
 * Of future versions, reads the four fields that each version has.
 */
export function parseTraceparent(text: unknown): Trace | undefined {
  if (typeof text !== "string") return undefined;
  const { version, id, parent, flags, more } =
    /^(?<version>[0-9a-f]{2})-(?<id>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/.exec(
      text,
    )?.groups ?? {};
  if (id === undefined || parent === undefined || flags === undefined) return undefined;
  if (version === "ff" || (version === "00" && more !== undefined) || /^0+$/.test(id) || /^0+$/.test(parent))
    return undefined;
  return { id, parent, flags };
}

/** Writes a traceparent whose parent is `span`: 16 hexadecimal digits. */
export function writeTraceparent({ id, flags }: Trace, span: string): string {
  return `00-${id}-${span}-${flags}`;
}

/**
 * The trace of an object: the given one, else one derived from its uid and generation, so that all readers of the
 * object get the same trace without a write.
 */
export function traceOf(object: Traced): Trace {
  return parseTraceparent(object.traceparent) ?? derivedTrace(object);
}

/** The trace of an event or a request: its own, else that of its header, else that of its object. */
export function traceOfEvent(event: Traced, header?: string | undefined): RequestTrace | undefined {
  const given = parseTraceparent(event.traceparent) ?? parseTraceparent(header);
  const derived = event.uid === undefined ? undefined : derivedTrace(event);
  if (given !== undefined) return { ...given, callers: given.id !== derived?.id };
  return derived === undefined ? undefined : { ...derived, callers: false };
}

/** A span derived from a name, so that a repeated event is the same span. */
export function spanNamed(name: string): string {
  return digits(name, 16);
}

function derivedTrace({ uid = "", generation = 0 }: Traced): Trace {
  return { id: digits(`${uid}.${generation}`, 32), parent: digits(`${uid}.${generation}.root`, 16), flags: "01" };
}

function digits(text: string, count: number): string {
  return hash("sha256", text).slice(0, count);
}
