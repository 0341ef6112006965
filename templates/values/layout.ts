import { type Civil, civilIn, offsetText, type Zone } from "./zone.ts";

/*
 * Go's layouts show how the reference time, Mon Jan 2 15:04:05 2006 -0700, would be written.
 */
export const pieces: RegExp =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|2006|__2|_2(?!006)|2|15|1|3|4|5|PM|pm|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)/g;

export const months: readonly string[] =
  "January February March April May June July August September October November December".split(" ");

export const weekdays: readonly string[] = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The time in the format of the layout. */
export function formatTime(layout: string, moment: { readonly nanoseconds: bigint; readonly zone: Zone }): string {
  const civil = civilIn(moment.nanoseconds, moment.zone);
  return layout.replace(pieces, (piece) => formatPiece(piece, civil));
}

function formatPiece(piece: string, civil: Civil): string {
  const simple = writers.get(piece);
  if (simple !== undefined) return simple(civil);
  if (/^[.,]/.test(piece)) return fraction(piece, civil.nanosecond);
  return offset(piece, civil.offsetSeconds);
}

const writers: ReadonlyMap<string, (civil: Civil) => string> = new Map([
  ["January", ({ month }) => months[month - 1] ?? ""],
  ["Jan", ({ month }) => (months[month - 1] ?? "").slice(0, 3)],
  ["Monday", ({ weekday }) => weekdays[weekday] ?? ""],
  ["Mon", ({ weekday }) => (weekdays[weekday] ?? "").slice(0, 3)],
  ["MST", ({ abbreviation }) => abbreviation],
  ["01", ({ month }) => padded(month, 2)],
  ["1", ({ month }) => String(month)],
  ["02", ({ day }) => padded(day, 2)],
  ["_2", ({ day }) => padded(day, 2, " ")],
  ["2", ({ day }) => String(day)],
  ["002", ({ dayOfYear }) => padded(dayOfYear, 3)],
  ["__2", ({ dayOfYear }) => padded(dayOfYear, 3, " ")],
  ["15", ({ hour }) => padded(hour, 2)],
  ["03", ({ hour }) => padded(hour % 12 || 12, 2)],
  ["3", ({ hour }) => String(hour % 12 || 12)],
  ["04", ({ minute }) => padded(minute, 2)],
  ["4", ({ minute }) => String(minute)],
  ["05", ({ second }) => padded(second, 2)],
  ["5", ({ second }) => String(second)],
  ["06", ({ year }) => padded(year % 100, 2)],
  ["2006", ({ year }) => padded(year, 4)],
  ["PM", ({ hour }) => (hour >= 12 ? "PM" : "AM")],
  ["pm", ({ hour }) => (hour >= 12 ? "pm" : "am")],
]);

function padded(part: number, width: number, fill = "0"): string {
  return String(part).padStart(width, fill);
}

function fraction(piece: string, nanosecond: number): string {
  const digits = padded(nanosecond, 9).slice(0, piece.length - 1);
  if (piece[1] === "0") return (piece[0] ?? ".") + digits.padEnd(piece.length - 1, "0");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : (piece[0] ?? ".") + kept;
}

function offset(piece: string, seconds: number): string {
  if (piece.startsWith("Z") && seconds === 0) return "Z";
  const colon = piece.includes(":") ? ":" : "";
  const minutes = offsetText(seconds, colon);
  if (piece.length === 3) return minutes.slice(0, 3);
  const withSeconds = piece.length > 6 || (colon === "" && piece.length > 5);
  return withSeconds ? `${minutes}${colon}${padded(Math.abs(seconds) % 60, 2)}` : minutes;
}
