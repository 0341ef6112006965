import { Fault } from "../problems.ts";
import { Moment, offsetText } from "./moment.ts";
import { type Civil, civilIn, offsetAt, type Zone } from "./zone.ts";

/*
 * Go's layouts show how the reference time, Mon Jan 2 15:04:05 2006 -0700, would be written.
 */
const pieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|2006|__2|_2(?!006)|2|15|1|3|4|5|PM|pm|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)/g;

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The time as the layout has it. */
export function formatTime(layout: string, moment: Moment): string {
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

/** What a layout's pieces have been read as. */
interface ReadTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  dayOfYear: number | undefined;
  offsetSeconds: number | undefined;
  zoneName: string;
}

/** Reads a time written in the layout. @throws Fault */
export function parseTime(layout: string, written: string, zone: Zone): Moment {
  const read: ReadTime = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    dayOfYear: undefined,
    offsetSeconds: undefined,
    zoneName: "",
  };
  let rest = written;
  let at = 0;
  for (const found of layout.matchAll(pieces)) {
    rest = skip(rest, layout.slice(at, found.index), layout);
    rest = readPiece(found[0], rest, read);
    at = found.index + found[0].length;
  }
  if (skip(rest, layout.slice(at), layout) !== "") throw refused(layout);
  return momentOf(read, zone, layout);
}

function refused(layout: string): Fault {
  return new Fault(`a time that is not written as the layout ${JSON.stringify(layout)} says`);
}

function skip(rest: string, literal: string, layout: string): string {
  if (!rest.startsWith(literal)) throw refused(layout);
  return rest.slice(literal.length);
}

function readPiece(piece: string, rest: string, read: ReadTime): string {
  const reader =
    readers.find(({ pieces }) => pieces.includes(piece)) ??
    (/^[.,]/.test(piece) ? fractionReader(piece) : offsetReader);
  const found = reader.pattern.exec(rest);
  if (found === null) throw refused(piece);
  Object.assign(read, reader.take(found[0]));
  const taken = rest.slice(found[0].length);
  return piece === "05" || piece === "5" ? optionalFraction(taken, read) : taken;
}

/** A fraction after the seconds is read although the layout has none. */
function optionalFraction(rest: string, read: ReadTime): string {
  const found = /^[.,]\d+/.exec(rest);
  if (found === null) return rest;
  read.nanosecond = nanosecondsOf(found[0]);
  return rest.slice(found[0].length);
}

function nanosecondsOf(written: string): number {
  return Number(written.slice(1, 10).padEnd(9, "0"));
}

interface Reader {
  readonly pieces: readonly string[];
  readonly pattern: Pick<RegExp, "exec">;
  readonly take: (written: string) => Partial<ReadTime>;
}

function number(
  names: readonly string[],
  pattern: RegExp,
  field: "year" | "month" | "day" | "hour" | "minute" | "second" | "dayOfYear",
): Reader {
  return {
    pieces: names,
    pattern,
    take: (written) => ({ [field]: Number(written.trim()) }),
  };
}

const readers: readonly Reader[] = [
  number(["2006"], /^\d{4}/, "year"),
  {
    pieces: ["06"],
    pattern: /^\d\d/,
    take: (written) => ({ year: Number(written) + (Number(written) >= 69 ? 1900 : 2000) }),
  },
  number(["01"], /^\d\d/, "month"),
  number(["1"], /^\d\d?/, "month"),
  name(["January"], months),
  name(
    ["Jan"],
    months.map((month) => month.slice(0, 3)),
  ),
  { pieces: ["Monday"], pattern: new RegExp(`^(?:${weekdays.join("|")})`, "i"), take: () => ({}) },
  { pieces: ["Mon"], pattern: /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)/i, take: () => ({}) },
  number(["02"], /^\d\d/, "day"),
  number(["2", "_2"], /^ ?\d\d?/, "day"),
  number(["002"], /^\d{3}/, "dayOfYear"),
  number(["__2"], /^ {0,2}\d{1,3}/, "dayOfYear"),
  number(["15"], /^\d\d?/, "hour"),
  number(["03"], /^\d\d/, "hour"),
  number(["3"], /^\d\d?/, "hour"),
  number(["04"], /^\d\d/, "minute"),
  number(["4"], /^\d\d?/, "minute"),
  number(["05"], /^\d\d/, "second"),
  number(["5"], /^\d\d?/, "second"),
  { pieces: ["PM"], pattern: /^[AP]M/, take: (written) => ({ afternoon: written === "PM" }) },
  { pieces: ["pm"], pattern: /^[ap]m/, take: (written) => ({ afternoon: written === "pm" }) },
  {
    pieces: ["MST"],
    pattern: /^(?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)/,
    take: (written) => ({ zoneName: written }),
  },
];

function name(names: readonly string[], choices: readonly string[]): Reader {
  const pattern = new RegExp(`^(?:${choices.join("|")})`, "i");
  const lower = choices.map((choice) => choice.toLowerCase());
  return {
    pieces: names,
    pattern,
    take: (written) => ({ month: lower.indexOf(written.toLowerCase()) + 1 }),
  };
}

/** A sign, and as many digits as the piece has. */
function digitsLike({ length }: string): Pick<RegExp, "exec"> {
  return {
    exec: (rest) => {
      const found = /^[.,]\d+/.exec(rest.slice(0, length));
      return found?.[0].length === length ? found : null;
    },
  };
}

function fractionReader(piece: string): Reader {
  const pattern = piece[1] === "0" ? digitsLike(piece) : /^(?:[.,]\d+)?/;
  return {
    pieces: [],
    pattern,
    take: (written) => ({ nanosecond: written === "" ? 0 : nanosecondsOf(written) }),
  };
}

const offsetReader: Reader = {
  pieces: [],
  pattern: /^(?:Z|[+-]\d\d(?::?\d\d){0,2})/,
  take: (written) => {
    const digits = written.replace(/\D/g, "").padEnd(6, "0");
    const size = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6));
    return { offsetSeconds: written.startsWith("-") ? -size : size };
  },
};

function momentOf(read: ReadTime, zone: Zone, layout: string): Moment {
  const hour = read.afternoon === undefined ? read.hour : (read.hour % 12) + (read.afternoon ? 12 : 0);
  const date = new Date(0);
  date.setUTCFullYear(read.year, read.month - 1, read.day);
  const stands = date.getUTCMonth() === read.month - 1 && date.getUTCDate() === read.day && read.month >= 1;
  if (!stands || hour > 23 || read.minute > 59 || read.second > 59) throw refused(layout);
  if (read.dayOfYear !== undefined) date.setUTCFullYear(read.year, 0, read.dayOfYear);
  date.setUTCHours(hour, read.minute, read.second);
  const seconds = date.getTime() / 1000;
  return inZone(seconds, read, zone);
}

function inZone(local: number, read: ReadTime, zone: Zone): Moment {
  const nanoseconds = (seconds: number) => BigInt(seconds) * 1_000_000_000n + BigInt(read.nanosecond);
  if (read.offsetSeconds !== undefined) {
    const seen: Zone =
      read.offsetSeconds === 0
        ? { kind: "utc" }
        : { kind: "fixed", offsetSeconds: read.offsetSeconds, name: offsetText(read.offsetSeconds) };
    return new Moment(nanoseconds(local - read.offsetSeconds), seen);
  }
  if (read.zoneName !== "" && read.zoneName !== "UTC")
    return new Moment(nanoseconds(local), { kind: "fixed", offsetSeconds: 0, name: read.zoneName });
  const guess = local - offsetAt(local, zone);
  return new Moment(nanoseconds(local - offsetAt(guess, zone)), zone);
}
