import { randomInt } from "node:crypto";

/** What stands for a secret in what is said. */
export const blank = "(sensitive)";

/** Shorter secrets are in too many words to be looked for. */
const shortestSecret = 4;
/** So many characters in common with a secret are a part of it, and no coincidence. */
const run = 6;
/** Past so many characters of secrets nothing is repeated: looking for all of them would hold everybody up. */
const mostCharacters = 262_144;

/** The same of all the ways in which they are written. */
const mostWritten = 2_097_152;
/** What looking for a character of a secret in all its forms costs, and making a character of the text found. */
const unitsPerSecretCharacter = 1 / 4;
const unitsPerCharacter = 1 / 16;

/** Takes secrets, and parts of secrets, out of text that others wrote; undefined where that cannot be promised. */
export type Blanker = (text: string) => string | undefined;

/** For text that meets no secret. */
export const nothingToBlank: Blanker = (text) => text;

/** What one look at a text for these secrets takes, in units of work of about a microsecond. */
export function lookUnits(secrets: readonly string[]): (text: string) => number {
  const known = looked(secrets);
  if (known === undefined || known.length === 0) return () => 0;
  const units = lengthOf(known) * unitsPerSecretCharacter;
  return (text) => units + text.length * unitsPerCharacter;
}

/** The secrets that are looked for; undefined where they are too many. */
function looked(secrets: readonly string[]): readonly string[] | undefined {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret);
  return lengthOf(known) > mostCharacters ? undefined : known;
}

function lengthOf(texts: Iterable<string>): number {
  let sum = 0;
  for (const { length } of texts) sum += length;
  return sum;
}

/**
 * Makes a blanker that knows the secrets as they are, quoted, in JSON, in a URL, in base64, base64url and hex, upper or lower case: whole where
 * they are short, and in every run of six characters. Takes time in proportion to text and secrets, at each look: `lookUnits`.
 */
export function blankerOf(secrets: readonly string[]): Blanker {
  const known = looked(secrets);
  if (known === undefined) return () => undefined;
  if (known.length === 0) return nothingToBlank;
  const formsOnce = once(() => allFormsOf(known));
  return (text) => {
    const forms = formsOnce();
    if (forms === undefined) return undefined;
    const search = new Search(text);
    for (const form of forms) search.cover(form);
    return search.blanked();
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => {
    made ??= { result: make() };
    return made.result;
  };
}

/** One text in which forms of secrets are looked for, and what of it they cover. */
class Search {
  readonly #text: string;
  readonly #covered: Uint8Array;
  /** By length, where each piece of the text stands that is not covered yet. */
  readonly #pieces = new Map<number, Pieces>();

  constructor(text: string) {
    this.#text = text;
    this.#covered = new Uint8Array(text.length);
  }

  cover(form: string): void {
    const length = Math.min(run, form.length);
    const pieces = this.#pieces.get(length) ?? new Pieces(this.#text, length);
    this.#pieces.set(length, pieces);
    pieces.takeAll(form, (place) => this.#covered.fill(1, place, place + length));
  }

  blanked(): string {
    let text = "";
    let said = 0;
    for (let at = 0; at < this.#text.length; at++) {
      if (this.#covered[at] === 0) continue;
      text += this.#text.slice(said, at) + blank;
      while (this.#covered[at + 1] === 1) at++;
      said = at + 1;
    }
    return text + this.#text.slice(said);
  }
}

const none = -1;
/** Odd, and another one in each process: nobody can write texts whose pieces have the same hash. */
const factor = randomInt(2 ** 30) * 2 + 1;

/** All pieces of one length of a text, by a hash that moves along a text. Whether pieces are the same does not depend on the case of ASCII. */
class Pieces {
  readonly #text: string;
  readonly #length: number;
  /** What the character that leaves the piece counts. */
  readonly #leaving: number;
  readonly #shift: number;
  /** By hash, the first of a list of different pieces: `#other` leads to the next. */
  readonly #first: Int32Array;
  readonly #other: Int32Array;
  /** The next place of the same piece. */
  readonly #same: Int32Array;

  constructor(text: string, length: number) {
    const bits = Math.min(Math.ceil(Math.log2(text.length + 1)) + 1, 24);
    this.#text = text;
    this.#length = length;
    this.#shift = 32 - bits;
    let leaving = 1;
    for (let count = 1; count < length; count++) leaving = Math.imul(leaving, factor);
    this.#leaving = leaving;
    this.#first = new Int32Array(2 ** bits).fill(none);
    this.#other = new Int32Array(text.length).fill(none);
    this.#same = new Int32Array(text.length).fill(none);
    let hash = 0;
    for (let end = 0; end < text.length; end++) {
      hash = this.#moved(hash, text, end);
      if (end + 1 >= length) this.#add(this.#slotOf(hash), end + 1 - length);
    }
  }

  /** Takes the pieces of the form out of those of the text, and tells where they stand. */
  takeAll(form: string, taken: (place: number) => void): void {
    let hash = 0;
    for (let end = 0; end < form.length; end++) {
      hash = this.#moved(hash, form, end);
      const slot = this.#slotOf(hash);
      if (end + 1 >= this.#length && this.#first[slot] !== none) this.#take(slot, form, end + 1 - this.#length, taken);
    }
  }

  /** The hash of the piece that ends here, from that of the one before. */
  #moved(hash: number, text: string, end: number): number {
    const gone = end < this.#length ? 0 : Math.imul(lowered(text.charCodeAt(end - this.#length)), this.#leaving);
    return (Math.imul((hash - gone) | 0, factor) + lowered(text.charCodeAt(end))) | 0;
  }

  #slotOf(hash: number): number {
    return Math.imul(hash ^ (hash >>> 15), 0x9e37_79b1) >>> this.#shift;
  }

  #add(slot: number, at: number): void {
    for (let place = this.#first[slot] ?? none; place !== none; place = this.#other[place] ?? none)
      if (this.#isSame(this.#text, at, place)) {
        this.#same[at] = this.#same[place] ?? none;
        this.#same[place] = at;
        return;
      }
    this.#other[at] = this.#first[slot] ?? none;
    this.#first[slot] = at;
  }

  #take(slot: number, form: string, at: number, taken: (place: number) => void): void {
    let before = none;
    for (let place = this.#first[slot] ?? none; place !== none; place = this.#other[place] ?? none) {
      if (this.#isSame(form, at, place)) {
        const next = this.#other[place] ?? none;
        if (before === none) this.#first[slot] = next;
        else this.#other[before] = next;
        for (let one = place; one !== none; one = this.#same[one] ?? none) taken(one);
        return;
      }
      before = place;
    }
  }

  #isSame(text: string, at: number, place: number): boolean {
    for (let index = 0; index < this.#length; index++)
      if (lowered(text.charCodeAt(at + index)) !== lowered(this.#text.charCodeAt(place + index))) return false;
    return true;
  }
}

/** The code of a character in lower case where that is ASCII. */
function lowered(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** The forms of all secrets; undefined where they are too long. */
function allFormsOf(secrets: readonly string[]): ReadonlySet<string> | undefined {
  const forms = new Set<string>();
  let written = 0;
  for (const secret of secrets)
    for (const form of formsOf(secret)) {
      if (forms.has(form)) continue;
      forms.add(form);
      written += form.length;
      if (written > mostWritten) return undefined;
    }
  return forms;
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
