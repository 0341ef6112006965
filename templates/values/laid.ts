import type { Json } from "../../kit/kube/port.ts";

/** The content of a laid-out text: a value of its own, or only the text. */
export type LaidContent =
  | { readonly form: "yaml" | "json" | "quoted"; readonly text: string; readonly value: Json }
  | { readonly form: "text"; readonly text: string };

/**
 * Text whose layout a template's author asked for: the output of toYaml, toJson, quote, indent and nindent.
 * Everywhere it is the text that Go would print; where YAML is written, it is placed as the value it stands for.
 */
export class Laid {
  readonly content: LaidContent;
  /** Spaces before each line. */
  readonly indentation: number;
  /** Begins on a line of its own, as nindent has it. */
  readonly newline: boolean;
  #size: number | undefined;
  #text: string | undefined;

  constructor(content: LaidContent, indentation = 0, newline = false) {
    this.content = content;
    this.indentation = indentation;
    this.newline = newline;
  }

  /** Characters of the text. */
  get size(): number {
    const { text } = this.content;
    this.#size ??=
      text.length + (this.indentation === 0 ? 0 : this.indentation * linesOf(text)) + (this.newline ? 1 : 0);
    return this.#size;
  }

  /** As Go prints it. */
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

/** How many lines the text has. */
export function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
