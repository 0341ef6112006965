import type { Call } from "../evaluate/rendering.ts";
import { showDuration } from "../printing/scalar.ts";
import { Fault } from "../problems.ts";
import { Laid } from "../values/laid.ts";
import { formatTime } from "../values/layout.ts";
import { floorDivide, Moment } from "../values/moment.ts";
import { parseTime } from "../values/parse-time.ts";
import { Int, type Value } from "../values/value.ts";
import { type Zone, zoneNamed } from "../values/zone.ts";
import { brief, reads } from "./cost.ts";
import { alias, type Cost, define, type TemplateFunction } from "./function.ts";
import { any, moment, text } from "./param.ts";

const utc: Zone = { kind: "utc" };
const second = 1_000_000_000n;

const dateInZone = define("dateInZone", [text, any, text], layouts, (call, layout, value, zone) =>
  formatIn(layout, { value, zone, call }),
);
const dateModify = define("dateModify", [text, moment], reads, (_, change, from) => {
  const duration = readDuration(change);
  return duration === undefined ? from : new Moment(from.nanoseconds + duration, from.zone);
});
const mustDateModify = define(
  "mustDateModify",
  [text, moment],
  reads,
  (_, change, from) => new Moment(from.nanoseconds + durationOf(change), from.zone),
);

/** Times: the clock of the revision, layouts, zones, durations. Local time is UTC. */
export const dates: readonly TemplateFunction[] = [
  define("now", [], brief, (call) => now(call)),
  define("date", [text, any], layouts, (call, layout, value) => formatIn(layout, { value, zone: "UTC", call })),
  dateInZone,
  alias("date_in_zone", dateInZone),
  define("htmlDate", [any], layouts, (call, value) => formatIn("2006-01-02", { value, zone: "UTC", call })),
  define("htmlDateInZone", [any, text], layouts, (call, value, zone) => formatIn("2006-01-02", { value, zone, call })),
  dateModify,
  alias("date_modify", dateModify),
  mustDateModify,
  alias("must_date_modify", mustDateModify),
  define("ago", [any], reads, (call, value) =>
    showDuration(toSeconds(now(call).nanoseconds - momentOf(value, call).nanoseconds)),
  ),
  define("duration", [any], reads, (call, value) => showDuration(secondsOf(value, call) * second)),
  define("durationRound", [any], reads, (call, value) => roundest(sizeOf(value, call))),
  define("toDate", [text, text], layouts, (_, layout, value) => parsed(layout, value)),
  define("mustToDate", [text, text], layouts, (_, layout, value) => parseTime(layout, value, utc)),
  define("unixEpoch", [moment], reads, (_, value) => String(floorDivide(value.nanoseconds, second))),
];

/**
 * The shortest parts of a layout are written in at least double length.
 * The time of a place is read from the time zone database.
 */
function layouts(given: readonly unknown[]): Cost {
  return { units: zoneUnits + 8 * reads(given).units };
}

const zoneUnits = 250;

function now(call: Call): Moment {
  return new Moment(BigInt(call.memory.now.getTime()) * 1_000_000n, utc);
}

/** Go's zero time, for parts that the layout does not contain. */
const zeroTime = new Moment(-62_135_596_800n * second, utc);

function parsed(layout: string, value: string): Moment {
  try {
    return parseTime(layout, value, utc);
  } catch (error) {
    if (error instanceof Fault) return zeroTime;
    throw error;
  }
}

/** A time, or seconds since the epoch; any other value is the present time. */
function momentOf(value: Value, call: Call): Moment {
  const plain = call.open(value);
  if (plain instanceof Moment) return plain;
  return plain instanceof Int ? new Moment(plain.value * second, utc) : now(call);
}

function formatIn(
  layout: string,
  { value, zone, call }: { readonly value: Value; readonly zone: string; readonly call: Call },
): string {
  const { nanoseconds } = momentOf(value, call);
  return formatTime(layout, new Moment(nanoseconds, zoneNamed(zone) ?? utc));
}

function toSeconds(nanoseconds: bigint): bigint {
  return floorDivide(nanoseconds + second / 2n, second) * second;
}

function secondsOf(value: Value, call: Call): bigint {
  const plain = call.open(value);
  if (plain instanceof Int) return plain.type === "int64" ? plain.value : 0n;
  const written = plain instanceof Laid ? plain.text : plain;
  return typeof written === "string" && /^[+-]?\d{1,12}$/.test(written) ? BigInt(written.replace(/^\+/, "")) : 0n;
}

function sizeOf(value: Value, call: Call): bigint {
  const plain = call.open(value);
  if (plain instanceof Moment) return now(call).nanoseconds - plain.nanoseconds;
  if (plain instanceof Int) return plain.type === "int64" ? plain.value : 0n;
  return typeof plain === "string" ? (readDuration(plain) ?? 0n) : 0n;
}

const hour = 3600n * second;
const units: readonly (readonly [string, bigint])[] = [
  ["y", 365n * 24n * hour],
  ["mo", 30n * 24n * hour],
  ["d", 24n * hour],
  ["h", hour],
  ["m", 60n * second],
  ["s", second],
];

function roundest(duration: bigint): string {
  const size = duration < 0n ? -duration : duration;
  const unit = units.find(([, length]) => size > length);
  return unit === undefined ? "0s" : `${size / unit[1]}${unit[0]}`;
}

const lengths: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 6e10],
  ["h", 3.6e12],
]);

/** A duration as Go reads it, e.g. `-1h30m`, in nanoseconds; undefined for anything else. */
function readDuration(written: string): bigint | undefined {
  if (written.length > 100) return undefined;
  const [found, sign, body = ""] =
    /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(written) ?? [];
  if (found === undefined) return undefined;
  let total = 0n;
  for (const [, size = "", unit = ""] of body.matchAll(/(\d+(?:\.\d*)?|\.\d+)([a-zµμ]+)/g))
    total += scaled(size, lengths.get(unit) ?? 0);
  if (BigInt.asIntN(64, total) !== total) return undefined;
  return sign === "-" ? -total : total;
}

function scaled(size: string, unit: number): bigint {
  const [whole = "", fraction = ""] = size.split(".");
  const part = fraction === "" ? 0 : Math.floor(Number(`0.${fraction}`) * unit);
  return BigInt(whole === "" ? 0 : whole) * BigInt(unit) + BigInt(part);
}

function durationOf(written: string): bigint {
  const duration = readDuration(written);
  if (duration === undefined) throw new Fault(`invalid duration ${JSON.stringify(written)}; expected e.g. 1h30m`);
  return duration;
}
