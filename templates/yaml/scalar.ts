import { joinBytes } from "../../kit/encoding/bytes.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { MissingPrint } from "../evaluate/sink.ts";
import type { Laid } from "../values/laid.ts";
import { resolvePlain } from "./plain.ts";
import type { PlacedValue, YamlSink } from "./sink.ts";

/** Text with its values inserted, and whether one of them is sensitive. */
export interface PlacedText {
  readonly text: string;
  readonly sensitive: boolean;
  /** Whether the text contains a sensitive value. */
  readonly madeOf: boolean;
  /** Prints of values that do not exist. */
  readonly missing: readonly MissingPrint[];
}

/** A value that is a whole plain scalar. */
export interface Whole {
  readonly value: Json;
  readonly sensitive: boolean;
  /** Output of toYaml on a line of its own: its entries belong to the mapping or list around it. */
  readonly merges: boolean;
  readonly printed: PlacedText;
}

/** The value whose token is the whole scalar; undefined if it contains more than one token. */
export function wholeValue(read: string, sink: YamlSink): Whole | undefined {
  const { open, close } = sink.tokens;
  if (!read.startsWith(open) || read.indexOf(close) !== read.length - 1) return undefined;
  const placed = sink.values[Number(read.slice(1, -1))];
  if (placed === undefined) return undefined;
  const { sensitive, madeOf } = placed;
  const printed = { text: contentOf(placed), sensitive, madeOf, missing: missingOf(placed) };
  return { value: resolve(placed), merges: placed.merges !== undefined, sensitive: placed.sensitive, printed };
}

function resolve({ printed }: PlacedValue): Json {
  if (typeof printed === "string") return typed(joinBytes(printed));
  const { content } = printed;
  return content.form === "text" ? typed(joinBytes(content.text)) : content.value;
}

/** The value of the type that the text looks like, without regard to surrounding spaces; text is unchanged. */
function typed(text: string): Json {
  const resolved = resolvePlain(text.trim());
  return typeof resolved === "string" ? text : resolved;
}

function missingOf({ missing, at }: PlacedValue): readonly MissingPrint[] {
  return missing === undefined ? [] : [{ expression: missing, at }];
}

function contentOf({ printed }: PlacedValue): string {
  if (typeof printed === "string") return joinBytes(printed);
  return joinBytes(
    printed.content.form === "quoted" && typeof printed.content.value === "string"
      ? printed.content.value
      : printed.content.text,
  );
}

/**
 * The scalar's text with each token replaced by its value's text.
 * In a block, further lines get the requested indentation.
 */
export function placeInScalar(read: string, blockIndent: number | undefined, sink: YamlSink): PlacedText {
  if (!read.includes(sink.tokens.open)) return { text: read, sensitive: false, madeOf: false, missing: [] };
  let sensitive = false;
  let madeOf = false;
  const missing: MissingPrint[] = [];
  const text = read.replace(sink.tokens.pattern, (found: string, index: string) => {
    const placed = sink.values[Number(index)];
    if (placed === undefined) return found;
    sensitive ||= placed.sensitive;
    madeOf ||= placed.madeOf;
    missing.push(...missingOf(placed));
    const before = found.startsWith("- ") && placed.merges !== "list" ? "- " : "";
    const after = found.endsWith(":") && placed.merges !== "mapping" ? ":" : "";
    return before + linesOf(placed.printed, blockIndent) + after;
  });
  sink.bounds.print(text.length);
  return { text: joinBytes(text), sensitive, madeOf, missing };
}

function linesOf(printed: string | Laid, blockIndent: number | undefined): string {
  if (typeof printed === "string") return joinBytes(printed);
  const padding = " ".repeat(blockIndent === undefined ? 0 : Math.max(0, printed.indentation - blockIndent));
  return joinBytes(printed.content.text).replaceAll("\n", `\n${padding}`);
}
