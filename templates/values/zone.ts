/** Where a time is seen from: UTC, a fixed offset, or a place of the time zone database. */
export type Zone =
  | { readonly kind: "utc" }
  | { readonly kind: "fixed"; readonly offsetSeconds: number; readonly name: string }
  | { readonly kind: "place"; readonly name: string };

/** A time by calendar and clock. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  /** From 1. */
  readonly dayOfYear: number;
  readonly offsetSeconds: number;
  /** The zone as Go prints it: `UTC`, `CET`, or the offset if the place has no abbreviation. */
  readonly abbreviation: string;
}

/** The time as calendar and clock have it in the zone. */
export function civilIn(nanoseconds: bigint, zone: Zone): Civil {
  const nanosecond = Number(((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const seconds = Number((nanoseconds - BigInt(nanosecond)) / 1_000_000_000n);
  const offsetSeconds = offsetAt(seconds, zone);
  const shifted = new Date((seconds + offsetSeconds) * 1000);
  const year = shifted.getUTCFullYear();
  return {
    year,
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    nanosecond,
    weekday: shifted.getUTCDay(),
    dayOfYear: Math.floor((shifted.getTime() - startOfYear(year)) / 86_400_000) + 1,
    offsetSeconds,
    abbreviation: abbreviationOf(seconds, zone),
  };
}

function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

/** Seconds east of UTC that the zone has at a time in seconds since the epoch. */
export function offsetAt(seconds: number, zone: Zone): number {
  if (zone.kind === "utc") return 0;
  return zone.kind === "fixed" ? zone.offsetSeconds : placeOffset(seconds, zone.name);
}

function placeOffset(seconds: number, name: string): number {
  const written = zonePart(seconds, name, { locale: "en-GB", style: "longOffset" });
  const [, sign, hours = "0", minutes = "0", rest = "0"] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(written) ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return sign === "-" ? -size : size;
}

interface Part {
  readonly locale: string;
  readonly style: "longOffset" | "short";
}

function zonePart(seconds: number, timeZone: string, { locale, style }: Part): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: style }).formatToParts(seconds * 1000);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

const locales = ["en-GB", "en-US", "en-AU", "en-IN", "en-ZA", "en-NZ"];

/** Letters of the time zone database that no locale has. */
const letters: ReadonlyMap<string, string> = new Map([
  ["Asia/Tokyo", "JST"],
  ["Asia/Seoul", "KST"],
  ["Asia/Shanghai", "CST"],
  ["Asia/Taipei", "CST"],
  ["Asia/Hong_Kong", "HKT"],
  ["Asia/Manila", "PST"],
  ["Asia/Karachi", "PKT"],
  ["Asia/Jakarta", "WIB"],
  ["Africa/Nairobi", "EAT"],
  ["Africa/Lagos", "WAT"],
  ["Europe/Moscow", "MSK"],
]);

function abbreviationOf(seconds: number, zone: Zone): string {
  if (zone.kind === "utc") return "UTC";
  if (zone.kind === "fixed") return zone.name;
  const inLocale = (locale: string) => zonePart(seconds, zone.name, { locale, style: "short" });
  return letters.get(zone.name) ?? locales.map(inLocale).find(isLetters) ?? offsetLetters(seconds, zone.name);
}

function isLetters(name: string): boolean {
  return /^[A-Z]{2,5}$/.test(name) && name !== "GMT";
}

function offsetLetters(seconds: number, name: string): string {
  const offset = placeOffset(seconds, name);
  if (offset === 0) return "GMT";
  const minutes = Math.floor(Math.abs(offset) / 60);
  const short = `${offset < 0 ? "-" : "+"}${String(Math.floor(minutes / 60)).padStart(2, "0")}`;
  return minutes % 60 === 0 ? short : short + String(minutes % 60).padStart(2, "0");
}

/** The zone of that name; undefined if the time zone database has none. */
export function zoneNamed(name: string): Zone | undefined {
  if (name === "" || name === "UTC" || name === "Local") return { kind: "utc" };
  if (!/^[A-Za-z0-9_+\-/]+$/.test(name)) return undefined;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return { kind: "place", name };
  } catch {
    return undefined;
  }
}

export function two(part: number): string {
  return String(part).padStart(2, "0");
}

/** An offset as `+0200`. */
export function offsetText(seconds: number, colon = ""): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}
