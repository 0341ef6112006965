import type { Json } from "../../kit/kube.ts";
import type { MissingPrint } from "../evaluate/sink.ts";
import type { Path } from "../object.ts";

/** A node of a YAML document whose values are in place. */
export type Node = ScalarNode | MappingNode | SequenceNode;

interface Extent {
  /** Its part of the text. */
  readonly start: number;
  readonly end: number;
  /** Something sensitive was read for it, or decided that it is there. */
  sensitive: boolean;
  /** Prints of what is not there: in a scalar's text, in a mapping's keys. */
  readonly missing: readonly MissingPrint[];
}

export interface ScalarNode extends Extent {
  readonly kind: "scalar";
  readonly value: Json;
}

export interface MappingNode extends Extent {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Node>;
}

export interface SequenceNode extends Extent {
  readonly kind: "sequence";
  readonly items: readonly Node[];
}

/** The node's JSON. */
export function jsonOf(node: Node): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(jsonOf);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, jsonOf(value)]));
}

/** The paths of its sensitive parts, outermost alone. */
export function sensitivePaths(node: Node, path: Path = []): readonly Path[] {
  if (node.sensitive) return [path];
  if (node.kind === "scalar") return [];
  const children = node.kind === "sequence" ? node.items.entries() : node.entries;
  return [...children].flatMap(([key, child]) => sensitivePaths(child, [...path, key]));
}

/** A print of what is not there, and the leaf, or the mapping with the key, that it is in. */
export interface PlacedMissing extends MissingPrint {
  readonly path: Path;
  readonly isKey: boolean;
}

/** Every print of what is not there. */
export function missingPrints(node: Node, path: Path = []): readonly PlacedMissing[] {
  const own = node.missing.map((print) => ({ ...print, path, isKey: node.kind === "mapping" }));
  if (node.kind === "scalar") return own;
  const children = node.kind === "sequence" ? node.items.entries() : node.entries;
  return [...own, ...[...children].flatMap(([key, child]) => missingPrints(child, [...path, key]))];
}
