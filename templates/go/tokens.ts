import { mostProblems, problemAt, type TemplateProblem } from "../problems.ts";

export type TokenKind =
  | "space"
  | "("
  | ")"
  | "|"
  | ":="
  | "="
  | ","
  | "."
  | "field"
  | "variable"
  | "identifier"
  | "number"
  | "character"
  | "string"
  | "raw"
  | "other";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

/** A template's text, split at its delimiters: literal text, and the tokens of each action. */
export type Piece =
  | { readonly kind: "text"; readonly text: string; readonly at: number }
  | { readonly kind: "action"; readonly at: number; readonly end: number; readonly tokens: readonly Token[] };

export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly problems: readonly TemplateProblem[];
}

const open = "{%";
const close = "%}";
const blank = " \t\r\n";

/** Splits the text into pieces. Continues after each invalid action. */
export function tokenize(text: string, place: string): Pieces {
  const scanner = new Scanner(text, place);
  scanner.scan();
  return scanner;
}

class LexicalFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class Scanner implements Pieces {
  readonly pieces: Piece[] = [];
  readonly problems: TemplateProblem[] = [];
  readonly #text: string;
  readonly #place: string;
  #at = 0;
  #trimNext = false;

  constructor(text: string, place: string) {
    this.#text = text;
    this.#place = place;
  }

  scan(): void {
    while (this.#at < this.#text.length && this.problems.length < mostProblems) {
      const start = this.#text.indexOf(open, this.#at);
      const end = start < 0 ? this.#text.length : start;
      const trims = start >= 0 && this.#trimsBefore(start + open.length);
      this.#literal(end, trims);
      this.#at = end;
      if (start >= 0) this.#action(start, trims);
    }
  }

  #literal(end: number, trimsEnd: boolean): void {
    const whole = this.#text.slice(this.#at, end);
    const from = this.#trimNext ? whole.replace(/^[ \t\r\n]+/, "") : whole;
    const text = trimsEnd ? trimEnd(from) : from;
    this.#trimNext = false;
    if (text !== "") this.pieces.push({ kind: "text", text, at: end - from.length });
  }

  #trimsBefore(at: number): boolean {
    return this.#text[at] === "-" && blank.includes(this.#text[at + 1] ?? "x");
  }

  #action(start: number, trims: boolean): undefined {
    this.#at = start + open.length + (trims ? 2 : 0);
    try {
      if (this.#text.startsWith("/*", this.#at)) return this.#comment(start);
      const tokens = this.#tokens(start);
      this.pieces.push({ kind: "action", at: start, end: this.#at, tokens });
    } catch (error) {
      if (!(error instanceof LexicalFault)) throw error;
      this.#recover(error, start);
    }
  }

  #recover(fault: LexicalFault, start: number): void {
    this.problems.push(problemAt(this.#place, this.#text, fault.at, fault.message));
    const end = this.#text.indexOf(close, Math.max(fault.at, start + open.length));
    this.#at = end < 0 ? this.#text.length : end + close.length;
  }

  #comment(start: number): undefined {
    const end = this.#text.indexOf("*/", this.#at + 2);
    if (end < 0) throw new LexicalFault(start, "unclosed comment; expected */");
    this.#at = end + 2;
    if (!this.#closes()) throw new LexicalFault(this.#at, "a comment ends before the closing delimiter; expected %}");
  }

  /** Reads the closing delimiter with its trim marker, if it is next. */
  #closes(): boolean {
    const trims = blank.includes(this.#text[this.#at] ?? "x") && this.#text.startsWith(`-${close}`, this.#at + 1);
    if (!trims && !this.#text.startsWith(close, this.#at)) return false;
    this.#at += close.length + (trims ? 2 : 0);
    this.#trimNext = trims;
    return true;
  }

  #tokens(start: number): readonly Token[] {
    const tokens: Token[] = [];
    let parentheses = 0;
    while (!this.#closes()) {
      if (this.#at >= this.#text.length) throw new LexicalFault(start, "unclosed action; expected %}");
      const token = this.#token();
      if (token.kind === "(") parentheses += 1;
      if (token.kind === ")" && --parentheses < 0) throw new LexicalFault(token.at, "unexpected right parenthesis");
      tokens.push(token);
    }
    if (parentheses > 0) throw new LexicalFault(start, "unclosed left parenthesis; expected )");
    return tokens;
  }

  #token(): Token {
    const at = this.#at;
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const found = pattern.exec(this.#text);
      if (found === null) continue;
      const text = kind === "space" ? this.#space(found[0]) : found[0];
      this.#at = at + text.length;
      this.#check(kind, text, at);
      return { kind, text, at };
    }
    throw this.#unreadable(at);
  }

  /** A space that begins the closing delimiter's trim marker belongs to it. */
  #space(spaces: string): string {
    const next = this.#at + spaces.length;
    if (!this.#text.startsWith(`-${close}`, next) || spaces.length === 1) return spaces;
    return spaces.slice(0, -1);
  }

  #check(kind: TokenKind, text: string, at: number): void {
    const next = this.#text.slice(this.#at, this.#at + 2);
    if (named.has(kind) && !ends.test(next))
      throw new LexicalFault(this.#at, `bad character ${shown(next)} after ${text}`);
    if (kind === "number" && /^[\p{L}\p{Nd}_.]/u.test(next))
      throw new LexicalFault(at, `bad number syntax: ${text}${next[0]}`);
  }

  #unreadable(at: number): LexicalFault {
    const character = this.#text[at] ?? "";
    if (character === '"') return new LexicalFault(at, "unterminated quoted string");
    if (character === "`") return new LexicalFault(at, "unterminated raw quoted string");
    if (character === "'") return new LexicalFault(at, "unterminated character constant");
    if (/[+\-0-9]/.test(character)) return new LexicalFault(at, `bad number syntax at ${shown(character)}`);
    if (character === ":") return new LexicalFault(at, "expected :=");
    return new LexicalFault(at, `unrecognized character in action: ${shown(this.#text.slice(at))}`);
  }
}

const named: ReadonlySet<TokenKind> = new Set(["field", "variable", "identifier"]);
const ends = /^(?:$|[ \t\r\n.,|:()=]|%\})/;

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  [
    "number",
    /[+-]?(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]+)?|0[bB][01_]+|0[oO][0-7_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)i?|[+-]/y,
  ],
  ["field", /\.[\p{L}\p{Nd}_]+/uy],
  [".", /\./y],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["identifier", /[\p{L}\p{Nd}_]+/uy],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["raw", /`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])*'/y],
  [":=", /:=/y],
  ["=", /=/y],
  ["|", /\|/y],
  [",", /,/y],
  ["(", /\(/y],
  [")", /\)/y],
  ["other", /[!-~](?<![:"'`])/y],
];

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && blank.includes(text[end - 1] ?? "x")) end -= 1;
  return text.slice(0, end);
}

function shown(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? `${name} '${String.fromCodePoint(code)}'` : name;
}
