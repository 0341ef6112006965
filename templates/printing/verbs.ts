import { bytesOf } from "../../kit/encoding/bytes.ts";
import { typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { Absent, type Dict, type List, Opaque, type Plain } from "../values/value.ts";
import { formatFloat, jsonNumber } from "./number.ts";
import { quoteGo } from "./quote.ts";
import { showScalar } from "./scalar.ts";

/** One verb of a format: the part between `%` and its letter. */
export interface Spec {
  readonly verb: string;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

type Scalar = Exclude<Plain, List | Dict>;

/**
 * Formats a value that is not a list or a dict with one verb, padded.
 * If the verb does not fit, the text contains Go's complaint.
 */
export function formatScalar(plain: Scalar, spec: Spec): string {
  if (plain === null || plain instanceof Absent)
    return spec.verb === "v" ? pad("<nil>", spec) : `%!${spec.verb}(<nil>)`;
  const formatted = formatByType(plain, spec);
  return (
    formatted ?? `%!${spec.verb}(${typeOf(plain)}=${formatByType(plain, { ...spec, verb: "v", sharp: false }) ?? ""})`
  );
}

function formatByType(plain: Exclude<Scalar, null | Absent>, spec: Spec): string | undefined {
  if (typeof plain === "string") return formatText(plain, spec);
  if (plain instanceof Laid) return formatText(plain.text, spec);
  if (plain instanceof Opaque) return formatText(plain.print(), spec);
  if (typeof plain === "boolean") return /[tv]/.test(spec.verb) ? pad(String(plain), spec) : undefined;
  if (typeof plain === "number") return formatNumber(plain, spec);
  if (plain.type.startsWith("time.") && /[vsqxX]/.test(spec.verb)) return formatText(showScalar(plain), spec);
  return plain.type === "float64" ? formatLarge(plain.value, spec) : formatInt(plain.value, spec);
}

/** A float64 that is a whole number with all its digits. */
function formatLarge(value: bigint, spec: Spec): string | undefined {
  const { verb, precision } = spec;
  const fixed = verb === "f" || verb === "F";
  if (!fixed && !(verb === "v" && precision === undefined)) return formatNumber(Number(value), spec);
  const fraction = fixed && precision !== 0 ? `.${"0".repeat(precision ?? 6)}` : "";
  const size = value < 0n ? -value : value;
  return padNumber(signOf(value < 0n, spec), `${size}${fraction}`, spec);
}

function formatText(text: string, spec: Spec): string | undefined {
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join("");
  if (spec.verb === "v" || spec.verb === "s") return pad(cut, spec);
  if (spec.verb === "q") return pad(quoteVerb(cut, spec), spec);
  if (spec.verb !== "x" && spec.verb !== "X") return undefined;
  return pad(hexBytes(bytesOf(text).subarray(0, spec.precision), spec), spec);
}

function quoteVerb(text: string, spec: Spec): string {
  const canBeRaw = spec.sharp && !/[`\ufeff]|(?!\t)\p{Cc}/u.test(text) && text.isWellFormed();
  return canBeRaw ? `\`${text}\`` : quoteGo(text, '"', spec.plus);
}

function hexBytes(bytes: Uint8Array, spec: Spec): string {
  const digits = Buffer.from(bytes).toString("hex");
  const prefix = spec.sharp && digits !== "" ? "0x" : "";
  const written = prefix + (spec.space ? digits.replace(/..(?=.)/g, `$& ${prefix}`) : digits);
  return spec.verb === "X" ? written.toUpperCase() : written;
}

const bases: ReadonlyMap<string, number> = new Map([
  ["b", 2],
  ["o", 8],
  ["O", 8],
  ["d", 10],
  ["v", 10],
  ["x", 16],
  ["X", 16],
]);
const prefixes: ReadonlyMap<string, string> = new Map([
  ["b", "0b"],
  ["o", "0"],
  ["x", "0x"],
  ["X", "0X"],
]);

function formatInt(value: bigint, spec: Spec): string | undefined {
  const base = bases.get(spec.verb);
  if (base === undefined) return formatCharacter(value, spec);
  const digits = (value < 0n ? -value : value).toString(base).padStart(spec.precision ?? 1, "0");
  if (spec.precision === 0 && value === 0n) return pad("", { ...spec, zero: false });
  const prefix = spec.verb === "O" ? "0o" : spec.sharp ? (prefixes.get(spec.verb) ?? "") : "";
  const cased = spec.verb === "X" ? digits.toUpperCase() : digits;
  return padNumber(signOf(value < 0n, spec) + prefix, cased, {
    ...spec,
    zero: spec.zero && spec.precision === undefined,
  });
}

function formatCharacter(value: bigint, spec: Spec): string | undefined {
  const code = Number(value);
  if (spec.verb === "U") return pad(unicode(code, spec), { ...spec, zero: false });
  if (spec.verb !== "c" && spec.verb !== "q") return undefined;
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  const character = String.fromCodePoint(valid ? code : 0xfffd);
  return pad(spec.verb === "c" ? character : quoteGo(character, "'", spec.plus), spec);
}

function unicode(code: number, spec: Spec): string {
  const unsigned = BigInt.asUintN(64, BigInt(code)).toString(16).toUpperCase();
  const written = `U+${unsigned.padStart(Math.max(4, spec.precision ?? 4), "0")}`;
  const character = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  return spec.sharp && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character) ? `${written} '${character}'` : written;
}

function formatNumber(value: number, spec: Spec): string | undefined {
  const written = floatDigits(value, spec);
  if (written === undefined) return undefined;
  const negative = written.startsWith("-");
  const digits = written.replace(/^[+-]/, "");
  const sign = signOf(negative, spec) || (written.startsWith("+") ? "+" : "");
  return padNumber(sign, digits, { ...spec, zero: spec.zero && Number.isFinite(value) });
}

function floatDigits(value: number, { verb, precision }: Spec): string | undefined {
  if (verb === "v") return precision === undefined ? jsonNumber(value) : formatFloat(value, "g", precision);
  if (verb === "f" || verb === "F") return formatFloat(value, "f", precision ?? 6);
  if (verb === "e" || verb === "E") return cased(formatFloat(value, "e", precision ?? 6), verb);
  if (verb === "g" || verb === "G") return cased(formatFloat(value, "g", precision), verb);
  if (verb === "x" || verb === "X") return verb === "x" ? hexFloat(value) : hexFloat(value).toUpperCase();
  return undefined;
}

/** Go's `%x` of a float: a binary exponent after hexadecimal digits. */
function hexFloat(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(size)) return jsonNumber(value);
  const exponent = size === 0 ? 0 : Math.floor(Math.log2(size));
  const digits = (size / 2 ** exponent).toString(16);
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `${value < 0 ? "-" : ""}0x${digits}p${power}`;
}

function cased(written: string, verb: string): string {
  return verb === "E" || verb === "G" ? written.replace("e", "E") : written;
}

function signOf(negative: boolean, spec: Spec): string {
  if (negative) return "-";
  return spec.plus ? "+" : spec.space ? " " : "";
}

function padNumber(sign: string, digits: string, spec: Spec): string {
  if (!spec.zero || spec.minus || spec.width === undefined) return pad(sign + digits, { ...spec, zero: false });
  return sign + digits.padStart(spec.width - sign.length, "0");
}

function pad(text: string, spec: Spec): string {
  if (spec.width === undefined) return text;
  const missing = spec.width - [...text].length;
  if (missing <= 0) return text;
  if (spec.minus) return text + " ".repeat(missing);
  return (spec.zero ? "0" : " ").repeat(missing) + text;
}
