/** A number as JSON prints it. */
export function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The text that Go's `%e`, `%f` and `%g` print. `precision` undefined: the fewest digits that identify the number. */
export function formatFloat(value: number, verb: "e" | "f" | "g", precision: number | undefined): string {
  if (!Number.isFinite(value)) return jsonNumber(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (verb === "f") return sign + fixed(size, precision);
  return sign + (verb === "e" ? exponential(size, precision) : general(size, precision));
}

function fixed(size: number, precision: number | undefined): string {
  if (precision === undefined) return plainDigits(size);
  if (size >= 1e21) return BigInt(size).toString() + (precision > 0 ? `.${"0".repeat(precision)}` : "");
  const digits = size.toFixed(Math.min(precision, 100));
  return digits + "0".repeat(Math.max(0, precision - 100));
}

/** The fewest digits that identify the number, without an exponent. */
function plainDigits(size: number): string {
  const text = String(size);
  const [mantissa = "0", exponent] = text.split("e");
  if (exponent === undefined) return text;
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const shift = Number(exponent);
  if (shift < 0) return `0.${"0".repeat(-shift - 1)}${whole}${fraction}`;
  return whole + fraction.padEnd(shift, "0");
}

function exponential(size: number, precision: number | undefined): string {
  const text = precision === undefined ? size.toExponential() : size.toExponential(Math.min(precision, 100));
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function general(size: number, precision: number | undefined): string {
  const shortest = precision === undefined;
  const digits = precision === 0 ? 1 : precision;
  const scientific = shortest ? size.toExponential() : size.toExponential(Math.min((digits ?? 1) - 1, 100));
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  const limit = shortest ? 6 : Math.max(digits ?? 6, 1);
  if (exponent < -4 || exponent >= limit) return tidy(scientific);
  return shortest ? plainDigits(size) : trimZeros(size.toFixed(Math.min(100, Math.max(0, limit - 1 - exponent))));
}

function tidy(scientific: string): string {
  const [mantissa = "", exponent = ""] = scientific.split("e");
  return `${trimZeros(mantissa)}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}

function trimZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
