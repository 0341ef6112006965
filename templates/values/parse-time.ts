import { Fault } from "../problems.ts";
import { months, pieces, weekdays } from "./layout.ts";
import { Moment } from "./moment.ts";
import { offsetAt, offsetText, type Zone } from "./zone.ts";

/** The parts of a time that were read. */
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

/** Parses a time that is written in the layout. @throws Fault */
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
  return new Fault(`a time that does not match the layout ${JSON.stringify(layout)}`);
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

/** A fraction after the seconds is read even if the layout has none. */
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

export function number(
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

/** Reads a sign, and as many digits as the piece has. */
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
