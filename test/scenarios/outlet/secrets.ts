import { createHash } from "node:crypto";

/** Secrets of several kinds: a word, digits, lines, quotes and markup. */
export const secrets: { readonly [key: string]: string } = {
  word: "Zr7kQx93-mVw2",
  digits: "80463719255",
  lines: "Kd93xWvu7hT\nq8Wq41TzreLp",
  quotes: "q\"3Xv<b>\\Jt&92 z'pw",
};

/** What templates can make of a secret without anybody seeing it in the result at once. */
export const disguises: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `(upper ${value})`,
  (value) => `(b64enc ${value})`,
  (value) => `(sha256sum ${value})`,
  (value) => `(splitList "" ${value} | reverse | join "")`,
  (value) => `(printf "%q" ${value})`,
  (value) => `(print "x-" ${value} "-y")`,
];

const length = 6;

const forms: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => [...text].reverse().join(""),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  (text) => encodeURIComponent(text),
  (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  (text) => Buffer.from(`-${text}`).toString("base64").slice(2, -4),
  (text) => Buffer.from(`--${text}`).toString("base64").slice(3, -4),
  (text) => Buffer.from(text).toString("base64url"),
];

/** In these six characters are too often there by chance. */
const hexadecimal: readonly ((text: string) => string)[] = [
  (text) => Buffer.from(text).toString("hex"),
  (text) => createHash("sha256").update(text).digest("hex"),
];

function piecesOf(written: string, size: number): readonly string[] {
  return Array.from({ length: Math.max(0, written.length - size + 1) }, (_, at) => written.slice(at, at + size));
}

/** Every piece of six characters of every form of every secret; of twelve, of hexadecimal ones. */
const pieces = new Set(
  Object.values(secrets).flatMap((secret) => [
    ...forms.flatMap((form) => piecesOf(form(secret), length)),
    ...hexadecimal.flatMap((form) => piecesOf(form(secret), length * 2)),
  ]),
);

/** Where a text tells six characters of a secret in any form: what is around each such place. */
export function leaksIn(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at + length <= text.length; at += 1) {
    if (!pieces.has(text.slice(at, at + length)) && !pieces.has(text.slice(at, at + length * 2))) continue;
    found.push(text.slice(Math.max(0, at - 80), at + 40));
    at += 40;
  }
  return [...new Set(found)];
}
