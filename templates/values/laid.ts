import type { Json } from "../../kit/kube/port.ts";

/** The content of a laid-out text: a value, or only the text. */
export type LaidContent =
  | { readonly form: "yaml" | "json" | "quoted"; readonly text: string; readonly value: Json }
  | { readonly form: "text"; readonly text: string };

/**
 * The output of toYaml, toJson, quote, indent and nindent: text with a layout that the template's author chose.
 * In YAML it is inserted as a value. Everywhere else it is the text that Go prints.
 */
export class Laid {
  readonly content: LaidContent;
  /** The number of spaces before each line. */
  readonly indentation: number;
  /** Whether it begins on a new line, as the output of nindent does. */
  readonly newline: boolean;
  #size: number | undefined;
  #text: string | undefined;

  constructor(content: LaidContent, indentation = 0, newline = false) {
    this.content = content;
    this.indentation = indentation;
    this.newline = newline;
  }

  /** The number of characters of the text. */
  get size(): number {
    const { text } = this.content;
    this.#size ??=
      text.length + (this.indentation === 0 ? 0 : this.indentation * linesOf(text)) + (this.newline ? 1 : 0);
    return this.#size;
  }

  /** The text that Go prints. */
  get text(): string {
    this.#text ??= this.#write();
    return this.#text;
  }

  #write(): string {
    const padding = " ".repeat(this.indentation);
    const lines =
      this.indentation === 0 ? this.content.text : padding + this.content.text.replaceAll("\n", `\n${padding}`);
    return this.newline ? `\n${lines}` : lines;
  }
}

/** The number of lines of the text. */
export function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
