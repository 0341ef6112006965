import { Fault } from "../problems.ts";

/** A number as a whole number of units of a power of ten. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const divisionDigits = 16;

/** The sum, without the errors of binary fractions. */
export function addDecimals(left: number, right: number): number {
  return combined(left, right, (a, b) => a + b, left + right);
}

/** The difference, without the errors of binary fractions. */
export function subtractDecimals(left: number, right: number): number {
  return combined(left, right, (a, b) => a - b, left - right);
}

/** The product, without the errors of binary fractions. */
export function multiplyDecimals(left: number, right: number): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (a === undefined || b === undefined) return left * right;
  return numberOf({ units: a.units * b.units, scale: a.scale + b.scale });
}

/** The quotient, rounded to 16 digits after the point. */
export function divideDecimals(left: number, right: number): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (right === 0) throw new Fault("decimal division by 0");
  if (a === undefined || b === undefined) return left / right;
  const shift = divisionDigits + b.scale - a.scale;
  const dividend = shift >= 0 ? a.units * 10n ** BigInt(shift) : a.units;
  const divisor = shift >= 0 ? b.units : b.units * 10n ** BigInt(-shift);
  return numberOf({ units: roundedQuotient(dividend, divisor), scale: divisionDigits });
}

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const twice = (2n * dividend) / divisor;
  const half = twice < 0n ? -1n : 1n;
  return (twice + half) / 2n;
}

function combined(
  left: number,
  right: number,
  operate: (left: bigint, right: bigint) => bigint,
  fallback: number,
): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (a === undefined || b === undefined) return fallback;
  const scale = Math.max(a.scale, b.scale);
  return numberOf({ units: operate(scaled(a, scale), scaled(b, scale)), scale });
}

function scaled({ units, scale }: Decimal, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

function decimalOf(value: number): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined;
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function numberOf({ units, scale }: Decimal): number {
  return Number(`${units}e${-scale}`);
}
