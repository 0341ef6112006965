import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { encodeBase64, hashSync } from "bcryptjs";
import { bytesOf, textOf } from "../../kit/encoding/bytes.ts";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { reads } from "./cost.ts";
import { derivePassword } from "./derive-password.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";
import { randomBytes } from "./random.ts";

/** Slow on purpose: longer than the event loop may be blocked. */
const bcryptUnits = 40_000;
const scryptUnits = 150_000;

/** Digests, password hashes, encryption. */
export const hashes: readonly TemplateFunction[] = [
  define("sha1sum", [text], digesting, (_, value) => createHash("sha1").update(bytesOf(value)).digest("hex")),
  define("sha256sum", [text], digesting, (_, value) => createHash("sha256").update(bytesOf(value)).digest("hex")),
  define("adler32sum", [text], reads, (_, value) => adler32(bytesOf(value))),
  define("bcrypt", [text], hashing, (call, password) => bcrypt("bcrypt", password, call)),
  define("htpasswd", [text, text], hashing, (call, user, password) => {
    if (user.includes(":")) return `invalid username: ${user}`;
    return `${user}:${bcrypt("htpasswd", password, call)}`;
  }),
  define("derivePassword", [unsigned(), text, text, text, text], deriving, (_, counter, type, password, user, site) =>
    derivePassword({ counter, type, password, user, site }),
  ),
  define("encryptAES", [text, text], digesting, (call, password, value) => encrypt(password, value, call)),
  define("decryptAES", [text, text], digesting, (_, password, value) => decrypt(password, value)),
];

/** The start takes longer than a short text. */
function digesting(given: readonly string[]): Cost {
  return { units: 16 + 2 * reads(given).units };
}

function hashing(given: readonly string[]): Cost {
  return { units: bcryptUnits + reads(given).units };
}

function deriving(given: readonly [number, string, string, string, string]): Cost {
  return { units: scryptUnits + reads(given).units };
}

function unsigned(): typeof wholeNumber {
  return {
    expects: "uint32",
    read(value, call, constant) {
      const whole = wholeNumber.read(value, call, constant);
      if (!constant || whole < 0 || whole > 0xffffffff) throw new Fault("wrong type for value; expected uint32");
      return whole;
    },
  };
}

function adler32(bytes: Uint8Array): string {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return String(high * 65536 + low);
}

/** Salted from the seed, so that the same place keeps the same hash. */
function bcrypt(name: string, password: string, call: Call): string {
  if (bytesOf(password).length > 72) throw new Fault("bcrypt: a password longer than 72 bytes");
  const salt = randomBytes(call, name, [password], 16);
  return hashSync(password, `$2a$10$${encodeBase64([...salt], 16)}`);
}

function keyOf(password: string): Buffer {
  const key = Buffer.alloc(32);
  bytesOf(password).copy(key);
  return key;
}

function encrypt(password: string, value: string, call: Call): string {
  const start = randomBytes(call, "encryptAES", [password, value], 16);
  const cipher = createCipheriv("aes-256-cbc", keyOf(password), start);
  return Buffer.concat([start, cipher.update(bytesOf(value)), cipher.final()]).toString("base64");
}

function decrypt(password: string, value: string): string {
  const bytes = Buffer.from(value, "base64");
  try {
    const decipher = createDecipheriv("aes-256-cbc", keyOf(password), bytes.subarray(0, 16));
    return textOf(Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]));
  } catch {
    throw new Fault("decryptAES: not an output of encryptAES with this password");
  }
}
