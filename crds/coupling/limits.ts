import { patternCost, patternCostAtMost } from "./patterns.ts";

/** The most entries of a list of a spec. */
export const listAtMost = 1_000;
/** The most entries of a white- or blacklist. */
export const namespaceListAtMost = 10_000;
/** The most keys of a map of a spec, such as `config`. */
export const mapAtMost = 4_096;
/** The most lists, maps and values that all of a spec may hold, its templates included. */
export const nodesAtMost = 100_000;

/** How deep a spec may be nested. */
export const depthAtMost = 500;

const longLists: ReadonlySet<string> = new Set(["namespaceWhitelist", "namespaceBlacklist"]);
/** Fields that hold objects of other kinds. Their values count, but their lists and maps have no limit of their own. */
const foreign: ReadonlySet<string> = new Set(["template", "templates", "resource", "apparatus"]);

interface Place {
  readonly path: string;
  /** The key of the value; "" in a list. */
  readonly name: string;
  /** Whether the field is one of ours. */
  readonly own: boolean;
  readonly depth: number;
}

function listLimit(name: string): number {
  return longLists.has(name) ? namespaceListAtMost : listAtMost;
}

/** The lists and maps of a spec that exceed their limits, one sentence each: path, size and limit. */
export function oversizedIn(spec: object): readonly string[] {
  const problems: string[] = [];
  let nodes = 0;
  const walk = (value: unknown, { path, name, own, depth }: Place): void => {
    nodes += 1;
    if (typeof value !== "object" || value === null || nodes > nodesAtMost) return;
    if (depth > depthAtMost) {
      problems.push(`spec: nested more than ${depthAtMost} levels`);
      return;
    }
    const ownInside = own && !foreign.has(name);
    const list = Array.isArray(value);
    const entries = Object.entries(value);
    const most = list ? listLimit(name) : mapAtMost;
    if (entries.length > most && (list ? own : ownInside))
      problems.push(`${path}: ${entries.length} ${list ? "entries" : "keys"} (limit ${most})`);
    else
      for (const [key, inner] of entries)
        walk(inner, {
          path: list ? `${path}[${key}]` : `${path}.${key}`,
          name: list ? "" : key,
          own: ownInside,
          depth: depth + 1,
        });
  };
  walk(spec, { path: "spec", name: "", own: true, depth: 0 });
  if (nodes > nodesAtMost) problems.push(`spec: more than ${nodesAtMost} values`);
  return [...new Set(problems)];
}

/** The sentence for patterns that together exceed their limit. It begins with the path. */
export function oversizedPatterns(path: string, patterns: Iterable<string>): readonly string[] {
  let cost = 0;
  for (const pattern of patterns) cost += patternCost(pattern);
  return cost <= patternCostAtMost ? [] : [`${path}: patterns of ${cost} units in total (limit ${patternCostAtMost})`];
}
