import { OperatorError } from "../kit/errors.ts";

/** One problem of a template: its place, its line, and the expected or missing thing. */
export interface TemplateProblem {
  /** Which template: e.g. `spec.resources[0].template`. */
  readonly place: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** The line, cut if it is long, and a caret below it. */
  readonly excerpt: string;
  readonly message: string;
}

/** A template does not parse, or fails on its data. Only an edit can correct it. */
export class TemplateError extends OperatorError {
  override readonly name = "TemplateError";
  readonly retryable = false;
  readonly problems: readonly TemplateProblem[];

  constructor(problems: readonly [TemplateProblem, ...TemplateProblem[]], options?: ErrorOptions) {
    super(describe(problems), options);
    this.problems = problems;
  }
}

function describe(problems: readonly [TemplateProblem, ...TemplateProblem[]]): string {
  const [first] = problems;
  const more = problems.length === 1 ? "" : `\nand ${problems.length - 1} more`;
  return `${first.place}, line ${first.line}, column ${first.column}: ${first.message}\n${first.excerpt}${more}`;
}

/** The number of problems after which parsing stops. */
export const mostProblems = 50;

const excerptWidth = 120;

/** The problem at an offset of a template's text. */
export function problemAt(place: string, text: string, at: number, message: string): TemplateProblem {
  const offset = Math.max(0, Math.min(at, text.length));
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(0, start).split("\n").length;
  return { place, line, column: offset - start + 1, excerpt: excerptOf(text, start, offset), message };
}

/** Finds lines and columns, both counted from 1, of many offsets of a text. */
export function positionsIn(text: string): (at: number) => { readonly line: number; readonly column: number } {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (at) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  };
}

function excerptOf(text: string, start: number, offset: number): string {
  const newline = text.indexOf("\n", offset);
  const end = newline < 0 ? text.length : newline;
  const from = offset - start < excerptWidth ? start : offset - excerptWidth / 2;
  const shown = text.slice(from, Math.min(end, from + excerptWidth)).replace(/\p{Cc}/gu, " ");
  return `${shown}\n${" ".repeat(offset - from)}^`;
}

/** A message that quotes a value is cut at this length. */
const longestMessage = 1000;

/** An error of a function or an evaluation step. The caller adds its place. */
export class Fault extends Error {
  override readonly name = "Fault";
  /** The offset in the template; absent: the position of the evaluation. */
  readonly at: number | undefined;
  readonly #ours: boolean;

  /**
   * `ours`: the message is in our own words, without any value.
   * Other messages are hidden if a sensitive value was read.
   */
  constructor(
    message: string,
    { at, ours = false, ...options }: ErrorOptions & { readonly at?: number; readonly ours?: boolean } = {},
  ) {
    super(message, options);
    this.at = at;
    this.#ours = ours;
  }

  /** The message that may be shown, cut if it is long. */
  tell(sensitive: boolean): string {
    if (sensitive && !this.#ours) return "failed on a sensitive value, which is not shown here";
    return this.message.length > longestMessage ? `${this.message.slice(0, longestMessage)}…` : this.message;
  }
}
