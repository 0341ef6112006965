/*
 * Go's strings are bytes; ours are JavaScript's.
 * A byte that is not valid UTF-8 is kept as a lone surrogate U+DC80 to U+DCFF.
 * So a character that was cut in two, or decoded binary data, can be joined again, and is rendered as the same bytes.
 * JSON keeps such a surrogate as an escape.
 * Where only text is possible, `printable` shows it as U+FFFD.
 */

const asciiOnly = /^\p{ASCII}*$/u;

/** True when every character is one byte. */
export function isAscii(text: string): boolean {
  return asciiOnly.test(text);
}

/** The bytes of the text in Go. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  return Buffer.concat(text.split(/([\udc80-\udcff]+)/).map(partBytes));
}

function partBytes(part: string): Buffer {
  if (part.isWellFormed()) return Buffer.from(part, "utf8");
  return Buffer.from(Array.from({ length: part.length }, (_, index) => part.charCodeAt(index) & 0xff));
}

/** The number of bytes of the text in Go. */
export function byteLength(text: string): number {
  if (text.isWellFormed()) return Buffer.byteLength(text, "utf8");
  return bytesOf(text).length;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Converts bytes to text without loss. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeLeniently(bytes);
  }
}

/** Decodes runs of valid characters together, and each other byte alone. */
function decodeLeniently(bytes: Uint8Array): string {
  const parts: string[] = [];
  let valid = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > valid) parts.push(strictDecoder.decode(bytes.subarray(valid, at)));
    parts.push(String.fromCharCode(0xdc00 | (bytes[at] ?? 0)));
    at += 1;
    valid = at;
  }
  if (at > valid) parts.push(strictDecoder.decode(bytes.subarray(valid, at)));
  return parts.join("");
}

/** The number of bytes of the valid character at an offset; 0 if there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first > 0xf4 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length || !isSecond(first, bytes[at + 1] ?? 0)) return 0;
  for (let next = at + 2; next < at + length; next++) if (!isWithin(bytes[next] ?? 0, 0x80, 0xbf)) return 0;
  return length;
}

/** Whether the byte may follow: overlong forms, surrogates and code points after U+10FFFF are not characters. */
function isSecond(first: number, second: number): boolean {
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return isWithin(second, least, most);
}

function isWithin(byte: number, least: number, most: number): boolean {
  return byte >= least && byte <= most;
}

/** A part of the text, by bytes. */
export function sliceBytes(text: string, start: number, end: number): string {
  if (isAscii(text)) return text.slice(start, end);
  return textOf(bytesOf(text).subarray(start, end));
}

/** Joins halves of characters that are next to each other again. */
export function joinBytes(text: string): string {
  return text.isWellFormed() ? text : textOf(bytesOf(text));
}

/** Whether the text contains bytes that are not valid UTF-8. */
export function hasBytes(text: string): boolean {
  return !text.isWellFormed();
}

/** Removes surrogates that stand for no byte: JSON data may contain any escaped surrogate. */
export function withoutStraySurrogates(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\ud800-\udc7f\udd00-\udfff]/gu, "\ufffd");
}

/** The text for places where only text is possible: bytes that are not UTF-8 become U+FFFD. */
export function printable(text: string): string {
  if (text.isWellFormed()) return text;
  return textOf(bytesOf(text)).toWellFormed();
}
