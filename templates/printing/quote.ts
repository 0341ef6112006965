const shown = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const named: ReadonlyMap<string, string> = new Map([
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
]);

/** Go's quoted form of the text (`%q`); with `ascii` every other character is escaped too (`%+q`). */
export function quoteGo(text: string, mark: '"' | "'" = '"', ascii = false): string {
  if (/^[ !#-&(-[\]-~]*$/.test(text)) return mark + text + mark;
  let quoted = mark as string;
  for (const character of text) quoted += quoteCharacter(character, mark, ascii);
  return quoted + mark;
}

function quoteCharacter(character: string, mark: string, ascii: boolean): string {
  if (character === mark) return `\\${mark}`;
  const name = named.get(character);
  if (name !== undefined) return name;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code & 0xff).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  if (shown.test(character) && !(ascii && code > 0x7f)) return character;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}

/** JSON's string as Go's encoder writes it; `html` escapes what could end a script element. */
export function quoteJson(text: string, html: boolean): string {
  const quoted = JSON.stringify(text.toWellFormed()).replace(/[\u2028\u2029]/g, escapeJson);
  return html ? quoted.replace(/[<>&]/g, escapeJson) : quoted;
}

function escapeJson(character: string): string {
  return `\\u${hex(character.charCodeAt(0), 4)}`;
}
