import { randomInt } from "node:crypto";

/** The text that replaces a secret. */
export const blank = "(sensitive)";

/** Shorter secrets occur in too many words. */
const shortestSecret = 4;
/** From this many equal characters on, a text contains a part of the secret. */
const run = 6;
/** With more characters of secrets, no text is quoted: the search would block the event loop. */
const mostCharacters = 262_144;

/** The same limit for all written forms of the secrets. */
const mostWritten = 2_097_152;
/** The cost of searching one character of a secret in all its forms, and of making it searchable. */
const unitsPerSecretCharacter = 1 / 4;
const unitsPerCharacter = 1 / 16;

/** Removes secrets, and parts of secrets, from text of others; undefined if that cannot be guaranteed. */
export interface Blanker {
  (text: string): string | undefined;
  /**
   * Searches all texts that will be asked for in one pass: with large secrets, each pass takes tens of milliseconds.
   * Their results are kept until the next call.
   */
  readonly ahead?: ((texts: readonly string[]) => void) | undefined;
}

/** For text that contains no secret. */
export const nothingToBlank: Blanker = (text) => text;

/** The cost of one search in a text for these secrets, in units of about a microsecond. */
export function lookUnits(secrets: readonly string[]): (text: string) => number {
  const known = looked(secrets);
  if (known === undefined || known.length === 0) return () => 0;
  const units = lengthOf(known) * unitsPerSecretCharacter;
  return (text) => units + text.length * unitsPerCharacter;
}

/** The secrets to search for; undefined if there are too many. */
function looked(secrets: readonly string[]): readonly string[] | undefined {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret);
  return lengthOf(known) > mostCharacters ? undefined : known;
}

function lengthOf(texts: Iterable<string>): number {
  let sum = 0;
  for (const { length } of texts) sum += length;
  return sum;
}

const blankers = new WeakMap<readonly string[], Blanker>();

/**
 * The blanker of a list of secrets; the same for the same list.
 * It finds secrets plain, quoted, in JSON, in a URL, in base64, base64url and hex, in upper or lower
 * case.
 * Short secrets are found whole, others in every run of six characters.
 * Each search takes time in proportion to text and secrets: `lookUnits`.
 */
export function blankerOf(secrets: readonly string[]): Blanker {
  const blanker = blankers.get(secrets) ?? makeBlanker(secrets);
  blankers.set(secrets, blanker);
  return blanker;
}

function makeBlanker(secrets: readonly string[]): Blanker {
  const known = looked(secrets);
  if (known === undefined) return () => undefined;
  if (known.length === 0) return nothingToBlank;
  const formsOnce = once(() => allFormsOf(known));
  let kept: ReadonlyMap<string, string> = new Map();
  const search = (texts: readonly string[]): ReadonlyMap<string, string> | undefined => {
    const forms = formsOnce();
    return forms === undefined ? undefined : blankedIn(texts, forms);
  };
  const blanked = (text: string): string | undefined =>
    text === "" ? "" : (kept.get(text) ?? search([text])?.get(text));
  const ahead = (texts: readonly string[]): void => {
    const asked = [...new Set(texts)].filter((text) => text !== "");
    if (asked.some((text) => !kept.has(text))) kept = search(asked) ?? kept;
  };
  return Object.assign(blanked, { ahead });
}

/** No piece of a text continues in the next one. */
const between = "\uffff".repeat(run);

/** The texts without secrets, all searched in one pass over the forms of the secrets. */
function blankedIn(texts: readonly string[], forms: Iterable<string>): ReadonlyMap<string, string> {
  const search = new Search(texts.join(between));
  for (const form of forms) search.cover(form);
  let at = 0;
  return new Map(
    texts.map((text) => {
      const from = at;
      at += text.length + between.length;
      return [text, search.blanked(from, from + text.length)];
    }),
  );
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => {
    made ??= { result: make() };
    return made.result;
  };
}

/** The text to search, and the parts of it that secrets cover. */
class Search {
  readonly #text: string;
  readonly #covered: Uint8Array;
  /** By length, the positions of each piece of the text that is not covered yet. */
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

  blanked(from: number, to: number): string {
    let text = "";
    let said = from;
    for (let at = from; at < to; at++) {
      if (this.#covered[at] === 0) continue;
      text += this.#text.slice(said, at) + blank;
      while (at + 1 < to && this.#covered[at + 1] === 1) at++;
      said = at + 1;
    }
    return text + this.#text.slice(said, to);
  }
}

const none = -1;
/** Odd, and different in each process, so that texts with equal hashes cannot be prepared. */
const factor = randomInt(2 ** 30) * 2 + 1;

/** All pieces of one length in a text, by a rolling hash. The case of ASCII letters does not matter. */
class Pieces {
  readonly #text: string;
  readonly #length: number;
  /** The weight of the character that leaves the piece. */
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

  /** Removes the pieces of the form from those of the text, and reports their positions. */
  takeAll(form: string, taken: (place: number) => void): void {
    let hash = 0;
    for (let end = 0; end < form.length; end++) {
      hash = this.#moved(hash, form, end);
      const slot = this.#slotOf(hash);
      if (end + 1 >= this.#length && this.#first[slot] !== none) this.#take(slot, form, end + 1 - this.#length, taken);
    }
  }

  /** The hash of the piece that ends here, computed from the previous one. */
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

/** The code of a character, in lower case if it is ASCII. */
function lowered(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** The forms of all secrets; undefined if they are too long. */
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

/** The forms in which programs write a text. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
  const bytes = bytesOf(secret);
  const forms = [secret, json, html, JSON.stringify(json).slice(1, -1), ascii(json), ...urls(secret)];
  return [...new Set([...forms, bytes.toString("hex"), ...base64s(bytes)])];
}

/** As a quoted text with ASCII characters only. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function urls(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [encoded, encoded.replaceAll("%20", "+"), encodeURI(secret.toWellFormed())];
}

/**
 * In base64 a text has a different form at each of three offsets.
 * Characters that depend on neighbours are left out.
 */
function base64s(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const first = Math.ceil((offset * 8) / 6);
    const base64 = shifted.slice(first).replace(/=+$/, "");
    return [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** The bytes of a text. A lone surrogate U+DC80 to U+DCFF stands for a byte that is not valid UTF-8. */
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
