import Handlebars from "handlebars";
import type { Parsed } from "../go/parse.ts";
import type { Library } from "../library/function.ts";
import { mostProblems, problemAt, type TemplateProblem } from "../problems.ts";
import { Lines, Translator } from "./translate.ts";

/** Parses Handlebars' syntax between `{{` and `}}`. Uses the package's parser, and nothing of its compiler. */
export function parseHandlebars(text: string, place: string, library: Library): Parsed {
  const nothing = { text, body: [], defined: new Map() };
  try {
    const program = Handlebars.parse(text);
    const translator = new Translator(text, library);
    const body = translator.block(program, []);
    const problems = translator.faults
      .slice(0, mostProblems)
      .map(({ at, message }) => problemAt(place, text, at, message));
    return { template: { ...nothing, body }, problems };
  } catch (error) {
    return { template: nothing, problems: [syntaxProblem(text, place, error)] };
  }
}

function syntaxProblem(text: string, place: string, error: unknown): TemplateProblem {
  if (error instanceof RangeError) return problemAt(place, text, 0, "blocks are nested too deep");
  if (!(error instanceof Error)) throw error;
  const [, line] = /^(?:Parse|Lexical) error on line (\d+)/.exec(error.message) ?? [];
  if (line !== undefined)
    return problemAt(place, text, caretOf(text, Number(line), error.message), reasonOf(error.message));
  const [, message = error.message, at, column] = /^([\s\S]*) - (\d+):(\d+)$/.exec(error.message) ?? [];
  return problemAt(
    place,
    text,
    at === undefined ? 0 : new Lines(text).offsetOf({ line: Number(at), column: Number(column) }),
    message,
  );
}

/** The parser shows the text before the problem, cut to 20 characters, with a line to it. */
function caretOf(text: string, line: number, message: string): number {
  const start = new Lines(text).offsetOf({ line, column: 0 });
  const end = text.indexOf("\n", start);
  const [, shown = "", arrow = ""] = /^.*\n(.*)\n(-*)\^/.exec(message) ?? [];
  const before = shown.slice(0, arrow.length).replace(/^\.\.\./, "");
  const found = text.indexOf(before, Math.max(0, start - before.length));
  return found < 0 || before === "" ? start : Math.min(found + before.length, end < 0 ? text.length : end);
}

function reasonOf(message: string): string {
  const [, got] = /got '([^']*)'/.exec(message) ?? [];
  if (got === "EOF") return "unexpected end of the template; a block or an expression is not closed";
  return got === undefined ? "this is not Handlebars' syntax" : `unexpected ${got} in the expression`;
}
