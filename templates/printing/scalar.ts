import { Laid } from "../values/laid.ts";
import { Absent, type Dict, Int, type List, Opaque, type Plain } from "../values/value.ts";
import { jsonNumber } from "./number.ts";

/** The text that `%v` prints for a value that is not a list or dict. */
export function showScalar(plain: Exclude<Plain, List | Dict>): string {
  if (plain === null || plain instanceof Absent) return "<nil>";
  if (plain instanceof Int) return showInt(plain);
  if (plain instanceof Laid) return plain.text;
  if (plain instanceof Opaque) return plain.print();
  return typeof plain === "number" ? jsonNumber(plain) : String(plain);
}

const months = "January February March April May June July August September October November December".split(" ");

const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

function showInt({ value, type }: Int): string {
  if (type === "time.Month") return months[Number(value) - 1] ?? String(value);
  if (type === "time.Weekday") return weekdays[Number(value)] ?? String(value);
  return type === "time.Duration" ? showDuration(value) : value.toString();
}

/** A duration in nanoseconds as Go prints it, such as 1h2m0.5s. */
export function showDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(size: bigint, unit: bigint): string {
  const fraction = (size % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${size / unit}` : `${size / unit}.${fraction}`;
}
