import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from "js-yaml";
import { textOf } from "../../kit/encoding/bytes.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { MissingPrint } from "../evaluate/sink.ts";
import { Fault } from "../problems.ts";
import type { Node, ScalarNode } from "./node.ts";
import { resolvePlain } from "./plain.ts";
import { type PlacedText, placeInScalar, wholeValue } from "./scalar.ts";
import type { YamlSink } from "./sink.ts";

type ScalarEvent = Extract<Event, { readonly chomping: unknown }>;
type CollectionEvent = Exclude<Extract<Event, { readonly start: number }>, ScalarEvent>;
type Tagged = ScalarEvent | CollectionEvent;

/** Builds documents from the events of the YAML reader, with the values in their places. */
export class Composer {
  readonly #sink: YamlSink;
  readonly #events: readonly Event[];
  #next = 0;
  /** The end of the last read node, where an empty scalar is placed. */
  #endBefore = 0;
  #anchors = new Map<string, Node>();

  constructor(sink: YamlSink, events: readonly Event[]) {
    this.#sink = sink;
    this.#events = events;
  }

  documents(): readonly Node[] {
    const documents: Node[] = [];
    while (this.#next < this.#events.length) {
      const event = this.#events[this.#next++];
      if (event?.type !== EVENT_ID.DOCUMENT) continue;
      this.#anchors = new Map();
      if (this.#events[this.#next]?.type !== EVENT_ID.POP) documents.push(this.#node());
    }
    return documents;
  }

  #node(): Node {
    this.#sink.bounds.spend(1);
    const event = this.#events[this.#next++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, this.#scalar(event));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, this.#mapping(event));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, this.#sequence(event));
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd);
      default:
        throw new Fault("the YAML text ends within a value", { ours: true });
    }
  }

  #anchored(event: Tagged, node: Node): Node {
    if (event.anchorStart >= 0) this.#anchors.set(this.#name(event.anchorStart, event.anchorEnd), node);
    return node;
  }

  /** The anchor or tag that the author wrote. @throws Fault if it contains a value */
  #name(start: number, end: number): string {
    const name = this.#sink.text.slice(start, end);
    if (name.includes(this.#sink.tokens.open))
      throw this.#fault(start, "a value cannot be part of an anchor, alias or tag");
    return name;
  }

  #fault(offset: number, message: string): Fault {
    return new Fault(message, { at: this.#sink.originOf(offset), ours: true });
  }

  #alias(start: number, end: number): Node {
    const node = this.#anchors.get(this.#name(start, end));
    if (node === undefined) throw this.#fault(start, "an alias of an anchor that does not exist");
    this.#sink.bounds.print(sizeOf(node));
    return node;
  }

  #scalar(event: ScalarEvent): ScalarNode {
    const { start, end } = extentOf(event, this.#endBefore);
    this.#endBefore = end;
    const tag = event.tagStart < 0 ? undefined : this.#name(event.tagStart, event.tagEnd);
    const read = getScalarValue(this.#sink.text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN && tag === undefined;
    const whole = plain ? wholeValue(read, this.#sink) : undefined;
    if (whole !== undefined) {
      const { value, sensitive, printed } = whole;
      const within = typeof value === "object" && value !== null;
      return { kind: "scalar", start, end, value, sensitive, madeOf: printed.madeOf, within, missing: printed.missing };
    }
    const placed = placeInScalar(read, blockIndent(event), this.#sink);
    const value = plain ? resolvePlain(placed.text) : this.#tagged(tag, placed.text, start);
    const { sensitive, madeOf, missing } = placed;
    return { kind: "scalar", start, end, value, sensitive, madeOf, within: false, missing };
  }

  #tagged(tag: string | undefined, text: string, start: number): Json {
    if (tag === undefined || tag === "!" || tag === "!!str") return text;
    const resolved = resolvePlain(text);
    if (tag === "!!null" && resolved === null) return null;
    if (tag === "!!bool" && typeof resolved === "boolean") return resolved;
    if ((tag === "!!int" || tag === "!!float") && (typeof resolved === "number" || typeof resolved === "bigint"))
      return resolved;
    if (tag === "!!binary") return textOf(Buffer.from(text, "base64"));
    throw this.#fault(
      start,
      `a scalar that does not fit its tag ${tag}; expected !!str, !!int, !!float, !!bool, !!null or !!binary`,
    );
  }

  #collectionTag(event: CollectionEvent, expected: string): void {
    if (event.tagStart < 0) return;
    const tag = this.#name(event.tagStart, event.tagEnd);
    if (tag !== expected) throw this.#fault(event.tagStart, `unknown tag ${tag}; expected ${expected}`);
  }

  #sequence(event: CollectionEvent): Node {
    this.#endBefore = event.start;
    this.#collectionTag(event, "!!seq");
    const items: Node[] = [];
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) {
      const merged = this.#mergedItem();
      if (merged === undefined) items.push(this.#node());
      else items.push(...merged);
    }
    this.#next += 1;
    return {
      kind: "sequence",
      start: event.start,
      end: endOf(event.start, items),
      items,
      sensitive: false,
      missing: [],
    };
  }

  /** The items of a laid-out list that is written as one item. */
  #mergedItem(): readonly Node[] | undefined {
    const event = this.#events[this.#next];
    if (event?.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN) return undefined;
    const whole = wholeValue(getScalarValue(this.#sink.text, event), this.#sink);
    if (whole === undefined || !whole.merges || !Array.isArray(whole.value)) return undefined;
    this.#next += 1;
    const { start, end } = extentOf(event, 0);
    this.#endBefore = end;
    this.#sink.bounds.spend(whole.value.length);
    const { sensitive, printed } = whole;
    return whole.value.map((value: Json) => ({
      kind: "scalar",
      start,
      end,
      value,
      sensitive,
      madeOf: printed.madeOf,
      within: true,
      missing: [],
    }));
  }

  #mapping(event: CollectionEvent): Node {
    this.#endBefore = event.start;
    this.#collectionTag(event, "!!map");
    const entries = new Map<string, Node>();
    const inherited: Node[] = [];
    const missing: MissingPrint[] = [];
    let sensitive = false;
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#next];
      const start = keyEvent?.type === EVENT_ID.SCALAR ? keyEvent.valueStart : event.start;
      const key = this.#key();
      const value = this.#node();
      sensitive ||= key.sensitive;
      if (key.kind === "merged") this.#addAll(entries, key.entries, { value, start });
      else if (key.inherits) inherited.push(value);
      else {
        this.#add(entries, key.text, { value, start });
        missing.push(...key.missing);
      }
    }
    this.#next += 1;
    for (const node of inherited) this.#inherit(entries, node, event.start);
    return {
      kind: "mapping",
      start: event.start,
      end: endOf(event.start, [...entries.values()]),
      entries,
      sensitive,
      missing,
    };
  }

  /** `<<`: entries of other mappings that the mapping itself does not have. */
  #inherit(entries: Map<string, Node>, from: Node, start: number): void {
    if (from.kind === "sequence") {
      for (const item of from.items) this.#inherit(entries, item, start);
      return;
    }
    if (from.kind !== "mapping") throw this.#fault(start, "<< needs a mapping, or a list of mappings");
    this.#sink.bounds.spend(from.entries.size);
    for (const [key, value] of from.entries) if (!entries.has(key)) entries.set(key, value);
  }

  #add(
    entries: Map<string, Node>,
    key: string,
    { value, start }: { readonly value: Node; readonly start: number },
  ): void {
    if (entries.has(key)) throw this.#fault(start, "a mapping has the same key twice");
    entries.set(key, value);
  }

  #addAll(
    entries: Map<string, Node>,
    merged: ReadonlyMap<string, Node>,
    place: { readonly value: Node; readonly start: number },
  ): void {
    if (place.value.kind !== "scalar" || place.value.value !== null) {
      throw this.#fault(
        place.start,
        "a mapping printed by toYaml cannot have more written below it; indent it less, or as its own key",
      );
    }
    for (const [key, value] of merged) this.#add(entries, key, { value, start: place.start });
  }

  #key(): Key {
    const event = this.#events[this.#next++];
    if (event?.type !== EVENT_ID.SCALAR) throw new Fault("a key must be a scalar", { ours: true });
    this.#endBefore = extentOf(event, this.#endBefore).end;
    const read = getScalarValue(this.#sink.text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    const whole = plain ? wholeValue(read, this.#sink) : undefined;
    if (whole?.merges === true && isMapping(whole.value)) {
      const { value, printed } = whole;
      if (printed.sensitive) for (const key of Object.keys(value)) this.#tellsOf(key, false, event);
      return mergedKey(value, printed, event);
    }
    const text = whole?.printed ?? placeInScalar(read, undefined, this.#sink);
    if (text.sensitive) this.#tellsOf(text.text, text.madeOf, event);
    return { kind: "written", ...text, inherits: plain && read === "<<" };
  }

  #tellsOf(text: string, madeOf: boolean, event: ScalarEvent): void {
    this.#sink.sensitiveKeys.push({ text, madeOf, at: this.#sink.originOf(Math.max(0, event.valueStart)) });
  }
}

type Key =
  | (PlacedText & { readonly kind: "written"; readonly inherits: boolean })
  | { readonly kind: "merged"; readonly entries: ReadonlyMap<string, Node>; readonly sensitive: boolean };

function mergedKey(
  value: { readonly [key: string]: Json },
  { sensitive, madeOf }: PlacedText,
  event: ScalarEvent,
): Key {
  const { start, end } = extentOf(event, 0);
  const entries = Object.entries(value).map(
    ([key, child]) =>
      [key, { kind: "scalar", start, end, value: child, sensitive, madeOf, within: true, missing: [] }] as const,
  );
  return { kind: "merged", entries: new Map(entries), sensitive };
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function blockIndent(event: ScalarEvent): number | undefined {
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  return block ? event.indent : undefined;
}

function extentOf(event: ScalarEvent, fallback: number): { readonly start: number; readonly end: number } {
  if (event.valueStart < 0) return { start: fallback, end: fallback };
  return { start: event.valueStart, end: event.valueEnd };
}

function endOf(start: number, children: readonly Node[]): number {
  return children.reduce((end, child) => Math.max(end, child.end), start);
}

const nodeSize = 16;

/** The number of characters of the node as text. */
function sizeOf(node: Node): number {
  if (node.kind === "scalar") return nodeSize + (typeof node.value === "string" ? node.value.length : 0);
  const children = node.kind === "sequence" ? node.items : [...node.entries.values()];
  return children.reduce((size, child) => size + sizeOf(child), nodeSize);
}
