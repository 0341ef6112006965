import type { Bounds } from "../evaluate/bounds.ts";
import type { Origin, Sink } from "../evaluate/sink.ts";
import { Fault } from "../problems.ts";
import { Laid } from "../values/laid.ts";
import { surfaceOf } from "../values/size.ts";

/** A value that was printed into YAML text, as a token. */
export interface PlacedValue extends Origin {
  readonly printed: string | Laid;
  /** Whether its entries can be merged into the enclosing mapping (`token:`) or list (`- token`). */
  readonly merges: "mapping" | "list" | undefined;
}

/**
 * Collects YAML text in which every printed value is a token.
 * A token is a number between two characters that the author's text does not contain.
 * So the YAML parser reads only the author's text, and no value can change its structure.
 */
export class YamlSink implements Sink {
  text = "";
  readonly values: PlacedValue[] = [];
  /** Parts of the text that exist, or do not exist, because of a sensitive value. */
  readonly secretRegions: { readonly start: number; end: number }[] = [];
  /**
   * Keys that exist because of a sensitive value.
   * Those that contain it, not merely in the output of toYaml, are marked.
   */
  readonly sensitiveKeys: { readonly text: string; readonly madeOf: boolean; readonly at: number }[] = [];
  readonly bounds: Bounds;
  readonly tokens: Tokens;
  readonly #origins: { readonly start: number; readonly at: number }[] = [];
  /** The current line; of a long line, only its beginning. */
  #line = "";
  readonly #open: { readonly start: number; end: number }[] = [];

  constructor(template: string, bounds: Bounds) {
    this.bounds = bounds;
    this.tokens = tokensFor(template);
  }

  literal(text: string, at: number): void {
    this.bounds.print(text.length);
    this.#origins.push({ start: this.text.length, at });
    this.#write(text);
  }

  value(printed: string | Laid, origin: Origin): void {
    this.bounds.print(surfaceOf(printed));
    this.#origins.push({ start: this.text.length, at: origin.at });
    const token = `${this.tokens.open}${this.values.length}${this.tokens.close}`;
    if (printed instanceof Laid) this.#write((printed.newline ? "\n" : "") + " ".repeat(printed.indentation));
    const merges = printed instanceof Laid && beginsLine(this.#line) ? mergesAs(printed) : undefined;
    this.values.push({ ...origin, printed, merges });
    this.#write((merges === "list" ? "- " : "") + token + (merges === "mapping" ? ":" : ""));
  }

  #write(text: string): void {
    this.text += text;
    const newline = text.lastIndexOf("\n");
    const line = newline < 0 ? this.#line + text : text.slice(newline + 1);
    this.#line = line.length > longestBeginning ? "begun" : line;
  }

  enterSensitive(): void {
    const region = { start: this.text.length, end: Number.POSITIVE_INFINITY };
    this.#open.push(region);
    this.secretRegions.push(region);
  }

  leaveSensitive(): void {
    const region = this.#open.pop();
    if (region !== undefined) region.end = this.text.length;
  }

  /** The offset in the template for an offset in the text. */
  originOf(offset: number): number {
    const origin = this.#origins.findLast(({ start }) => start <= offset);
    return origin === undefined ? 0 : origin.at + offset - origin.start;
  }
}

/** How the output of toYaml is merged with the text around it. */
function mergesAs({ content }: Laid): PlacedValue["merges"] {
  if (content.form !== "yaml" || content.value === null || typeof content.value !== "object") return undefined;
  return Array.isArray(content.value) ? "list" : "mapping";
}

const longestBeginning = 1000;

function beginsLine(line: string): boolean {
  return /^ *(?:- +)*$/.test(line);
}

/** The format of the tokens in the text. */
export interface Tokens {
  readonly open: string;
  readonly close: string;
  /** Finds the tokens, with the text around one that merges. */
  readonly pattern: RegExp;
}

function tokensFor(template: string): Tokens {
  const [open, close] = unusedCharacters(template);
  return { open, close, pattern: new RegExp(`(?:- )?${open}(\\d+)${close}:?`, "g") };
}

/** Two characters of the private use area that the template does not have. */
function unusedCharacters(template: string): readonly [string, string] {
  const used = new Set(template.match(/[\ue000-\uf8ff]/g));
  const unused: string[] = [];
  for (let code = 0xe000; code <= 0xf8ff && unused.length < 2; code++) {
    const character = String.fromCharCode(code);
    if (!used.has(character)) unused.push(character);
  }
  const [open, close] = unused;
  if (open === undefined || close === undefined)
    throw new Fault("the text uses every private use character; leave two out");
  return [open, close];
}
