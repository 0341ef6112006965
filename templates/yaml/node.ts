import type { Json } from "../../kit/kube/port.ts";
import type { MissingPrint } from "../evaluate/sink.ts";
import type { MadeOf, Path } from "../object.ts";

/** A node of a YAML document, with its values inserted. */
export type Node = ScalarNode | MappingNode | SequenceNode;

interface Extent {
  /** Its part of the text. */
  readonly start: number;
  readonly end: number;
  /** Whether a sensitive value was read for it, or decided that it exists. */
  sensitive: boolean;
  /** Prints of values that do not exist: in a scalar's text, or in a mapping's keys. */
  readonly missing: readonly MissingPrint[];
}

export interface ScalarNode extends Extent {
  readonly kind: "scalar";
  readonly value: Json;
  /** Whether it contains a sensitive value. */
  readonly madeOf: boolean;
  /** Whether it is within the output of toYaml or toJson. Then another part of the output can be the sensitive one. */
  readonly within: boolean;
}

export interface MappingNode extends Extent {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Node>;
}

export interface SequenceNode extends Extent {
  readonly kind: "sequence";
  readonly items: readonly Node[];
}

/** The JSON value of the node. */
export function jsonOf(node: Node): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(jsonOf);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, jsonOf(value)]));
}

/** The paths of its sensitive parts, outermost first. */
export function sensitivePaths(node: Node, path: Path = []): readonly Path[] {
  const here = node.sensitive ? [path] : [];
  if (node.kind === "scalar") return here;
  return [...here, ...childrenOf(node).flatMap(([key, child]) => sensitivePaths(child, [...path, key]))];
}

/** The scalars that contain a sensitive value. */
export function madeOfSensitive(node: Node, path: Path = []): readonly MadeOf[] {
  if (node.kind === "scalar") return node.madeOf ? [{ path, within: node.within }] : [];
  return childrenOf(node).flatMap(([key, child]) => madeOfSensitive(child, [...path, key]));
}

function childrenOf(node: Exclude<Node, ScalarNode>): readonly (readonly [string | number, Node])[] {
  return [...(node.kind === "sequence" ? node.items.entries() : node.entries)];
}

/** A print of a value that does not exist, with its leaf, or the mapping of its key. */
export interface PlacedMissing extends MissingPrint {
  readonly path: Path;
  readonly isKey: boolean;
}

/** Every print of a value that does not exist. */
export function missingPrints(node: Node, path: Path = []): readonly PlacedMissing[] {
  const own = node.missing.map((print) => ({ ...print, path, isKey: node.kind === "mapping" }));
  if (node.kind === "scalar") return own;
  const children = node.kind === "sequence" ? node.items.entries() : node.entries;
  return [...own, ...[...children].flatMap(([key, child]) => missingPrints(child, [...path, key]))];
}
