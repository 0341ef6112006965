import { parseEvents, YAMLException } from "js-yaml";
import type { Json } from "../../kit/kube/port.ts";
import type { Bounds } from "../evaluate/bounds.ts";
import type { MadeOf, Path } from "../object.ts";
import { Fault } from "../problems.ts";
import { Composer } from "./compose.ts";
import { jsonOf, madeOfSensitive, missingPrints, type Node, type PlacedMissing, sensitivePaths } from "./node.ts";
import type { YamlSink } from "./sink.ts";

/** One document of a YAML text, with its values inserted. */
export interface Document {
  readonly value: Json;
  readonly sensitive: readonly Path[];
  readonly madeOf: readonly MadeOf[];
  readonly missing: readonly PlacedMissing[];
}

/** Parses the text of the sink. Empty documents are left out. @throws Fault */
export function readDocuments(sink: YamlSink): readonly Document[] {
  const roots = composed(sink);
  for (const region of sink.secretRegions) markRegion(roots, region, sink.bounds);
  return roots
    .map((root) => ({
      value: jsonOf(root),
      sensitive: sensitivePaths(root),
      madeOf: madeOfSensitive(root),
      missing: missingPrints(root),
    }))
    .filter(({ value }) => value !== null);
}

function composed(sink: YamlSink): readonly Node[] {
  if (!/[^ \t\r\n]/.test(sink.text)) return [];
  sink.bounds.spend(sink.text.length / charactersPerUnit);
  try {
    return new Composer(sink, parseEvents(sink.text, {})).documents();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = sink.originOf(error.mark?.position ?? 0);
    throw new Fault(`the output of the template is not YAML: ${error.reason}`, { at, ours: true });
  }
}

/** Reading YAML looks at each character several times. */
export const charactersPerUnit = 8;

/** Marks the scalar in which a choice is; if the choice can decide about more, the whole documents. */
function markRegion(
  roots: readonly Node[],
  region: { readonly start: number; readonly end: number },
  bounds: Bounds,
): void {
  const inside = region.end > region.start ? firstAround(roots, region, bounds) : undefined;
  if (inside !== undefined) inside.sensitive = true;
  else for (const root of roots) root.sensitive = true;
}

function firstAround(
  nodes: readonly Node[],
  region: { readonly start: number; readonly end: number },
  bounds: Bounds,
): Node | undefined {
  bounds.spend(nodes.length / 16);
  for (const node of nodes) {
    const found = scalarAround(node, region, bounds);
    if (found !== undefined) return found;
  }
  return undefined;
}

function scalarAround(
  node: Node,
  region: { readonly start: number; readonly end: number },
  bounds: Bounds,
): Node | undefined {
  if (region.start < node.start || region.end > node.end) return undefined;
  if (node.kind === "scalar") return node;
  return firstAround(node.kind === "sequence" ? node.items : [...node.entries.values()], region, bounds);
}
