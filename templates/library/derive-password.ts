import { createHmac, scryptSync } from "node:crypto";

/** The inputs of a password. */
export interface PasswordRequest {
  readonly counter: number;
  readonly type: string;
  readonly password: string;
  readonly user: string;
  readonly site: string;
}

const scope = "com.lyndir.masterpassword";

const letters: ReadonlyMap<string, string> = new Map([
  ["V", "AEIOU"],
  ["C", "BCDFGHJKLMNPQRSTVWXYZ"],
  ["v", "aeiou"],
  ["c", "bcdfghjklmnpqrstvwxyz"],
  ["A", "AEIOUBCDFGHJKLMNPQRSTVWXYZ"],
  ["a", "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"],
  ["n", "0123456789"],
  ["o", "@&%?,=[]_:-+*$#!'^~;()/."],
  ["x", "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()"],
]);

const shapes: ReadonlyMap<string, readonly string[]> = new Map([
  ["maximum", ["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]],
  [
    "long",
    (
      "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv CvcvCvccnoCvcv " +
      "CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv CvccCvccCvcvno CvcvnoCvccCvcc " +
      "CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno"
    ).split(" "),
  ],
  ["medium", ["CvcnoCvc", "CvcCvcno"]],
  ["short", ["Cvcn"]],
  ["basic", ["aaanaaan", "aannaaan", "aaannaaa"]],
  ["pin", ["nnnn"]],
]);

/** The site password of the Master Password algorithm (https://spectre.app/spectre-algorithm.pdf, version 3). */
export function derivePassword({ counter, type, password, user, site }: PasswordRequest): string {
  const choices = shapes.get(type);
  if (choices === undefined) return `cannot find password template ${type}`;
  const key = scryptSync(password, labelled(user), 64, { N: 32768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 });
  const seed = createHmac("sha256", key)
    .update(Buffer.concat([labelled(site), uint32(counter)]))
    .digest();
  const shape = choices[(seed[0] ?? 0) % choices.length] ?? "";
  return Array.from(shape, (kind, index) => letterOf(kind, seed[index + 1] ?? 0)).join("");
}

function labelled(name: string): Buffer {
  const bytes = Buffer.from(name, "utf8");
  return Buffer.concat([Buffer.from(scope), uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function letterOf(kind: string, byte: number): string {
  const choice = letters.get(kind) ?? "";
  return choice[byte % choice.length] ?? "";
}
