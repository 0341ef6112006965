/** What stands for a secret in what is said. */
export const blank = "(sensitive)";

/** Shorter secrets are in too many words to be looked for. */
const shortestSecret = 4;
/** So many characters in common with a secret are a part of it, and no coincidence. */
const run = 6;
/** Past so many characters of secrets nothing is repeated: looking for all of them would hold everybody up. */
const mostCharacters = 262_144;

/** Takes secrets, and parts of secrets, out of text that others wrote; undefined where that cannot be promised. */
export type Blanker = (text: string) => string | undefined;

/** For text that meets no secret. */
export const nothingToBlank: Blanker = (text) => text;

/**
 * Makes a blanker that knows the secrets as they are, quoted, in JSON, in a URL, in base64, base64url and hex, upper or lower case: whole where
 * they are short, and in every run of six characters. Takes time in proportion to text and secrets.
 */
export function blankerOf(secrets: readonly string[]): Blanker {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret);
  if (known.length === 0) return nothingToBlank;
  if (known.reduce((sum, { length }) => sum + length, 0) > mostCharacters) return () => undefined;
  return (text) => {
    const search = new Search(text);
    for (const secret of known) for (const form of formsOf(secret)) search.cover(form);
    return search.blanked();
  };
}

/** One text in which forms of secrets are looked for, and what of it they cover. */
class Search {
  readonly #text: string;
  readonly #lower: string;
  readonly #covered: Uint8Array;
  /** By length, where each piece of the text stands that is not covered yet. */
  readonly #pieces = new Map<number, Map<string, number[]>>();

  constructor(text: string) {
    this.#text = text;
    this.#lower = lowered(text);
    this.#covered = new Uint8Array(text.length);
  }

  cover(form: string): void {
    const lower = lowered(form);
    const length = Math.min(run, lower.length);
    const pieces = this.#piecesOf(length);
    for (let at = 0; at + length <= lower.length; at++) {
      const piece = lower.slice(at, at + length);
      for (const place of pieces.get(piece) ?? []) this.#covered.fill(1, place, place + length);
      pieces.delete(piece);
    }
  }

  #piecesOf(length: number): Map<string, number[]> {
    const known = this.#pieces.get(length);
    if (known !== undefined) return known;
    const pieces = new Map<string, number[]>();
    for (let at = 0; at + length <= this.#lower.length; at++) {
      const piece = this.#lower.slice(at, at + length);
      const places = pieces.get(piece);
      if (places === undefined) pieces.set(piece, [at]);
      else places.push(at);
    }
    this.#pieces.set(length, pieces);
    return pieces;
  }

  blanked(): string {
    let text = "";
    for (let at = 0; at < this.#text.length; at++) {
      if (this.#covered[at] === 0) text += this.#text[at];
      else if (at === 0 || this.#covered[at - 1] === 0) text += blank;
    }
    return text;
  }
}

/** In lower case where that is ASCII: every character stays in its place. */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The ways in which a text is written by programs that repeat it. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
  const bytes = bytesOf(secret);
  const forms = [secret, json, html, JSON.stringify(json).slice(1, -1), ascii(json), ...urls(secret)];
  return [...new Set([...forms, bytes.toString("hex"), ...base64s(bytes)])];
}

/** As a quoted text without any character beyond ASCII. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function urls(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [encoded, encoded.replaceAll("%20", "+"), encodeURI(secret.toWellFormed())];
}

/** In base64 a text looks different at each of three places; what depends on its neighbours is left out. */
function base64s(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const first = Math.ceil((offset * 8) / 6);
    const base64 = shifted.slice(first).replace(/=+$/, "");
    return [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** The bytes of a text; a lone surrogate U+DC80 to U+DCFF stands for a byte that is no valid UTF-8. */
function bytesOf(text: string): Buffer {
  return Buffer.concat(
    text
      .split(/([\udc80-\udcff]+)/)
      .map((part, index) =>
        index % 2 === 0
          ? Buffer.from(part)
          : Buffer.from(Array.from({ length: part.length }, (_, at) => part.charCodeAt(at) & 0xff)),
      ),
  );
}
