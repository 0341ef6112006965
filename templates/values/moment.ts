import type { Json } from "../../kit/kube/port.ts";
import { Fault } from "../problems.ts";
import { formatTime } from "./layout.ts";
import { Int, int, int64, Opaque, type Plain, Sensitive, type Value } from "./value.ts";
import { civilIn, offsetText, two, type Zone } from "./zone.ts";

/** A point in time, in a time zone. */
export class Moment extends Opaque {
  readonly type = "time.Time";
  readonly kind = "struct";
  /** Since the epoch. */
  readonly nanoseconds: bigint;
  readonly zone: Zone;

  constructor(nanoseconds: bigint, zone: Zone) {
    super();
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }

  /** A look-up in the time zone database takes as long as reading 4,000 characters. */
  get size(): number {
    return this.zone.kind === "place" ? 4000 : 64;
  }

  print(): string {
    const { year, month, day, hour, minute, second, nanosecond, offsetSeconds, abbreviation } = civilIn(
      this.nanoseconds,
      this.zone,
    );
    const fraction = nanosecond === 0 ? "" : `.${String(nanosecond).padStart(9, "0").replace(/0+$/, "")}`;
    const clock = [hour, minute, second].map(two).join(":");
    return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)} ${clock}${fraction} ${offsetText(offsetSeconds)} ${abbreviation}`;
  }

  override toJson(): Json {
    return formatTime("2006-01-02T15:04:05.999999999Z07:00", this);
  }

  member(name: string, given: readonly Value[]): Value | undefined {
    if (given.length > 0) return this.#answer(name, given.map(plainOf));
    return this.#part(name);
  }

  /** The result of a method for its arguments. */
  #answer(name: string, given: readonly Plain[]): Value | undefined {
    const [first] = given;
    if (name === "Format" && typeof first === "string") return formatTime(first, this);
    if (name === "AddDate" && given.every((part) => part instanceof Int))
      return this.#shifted(given.map((part) => Number(part.value)));
    if (!(first instanceof Moment)) throw new Fault(`${name} of time.Time does not take these arguments`);
    if (name === "Before") return this.nanoseconds < first.nanoseconds;
    if (name === "After") return this.nanoseconds > first.nanoseconds;
    if (name === "Equal") return this.nanoseconds === first.nanoseconds;
    return name === "Sub" ? new Int(this.nanoseconds - first.nanoseconds, "time.Duration") : undefined;
  }

  #shifted([years = 0, months = 0, days = 0]: readonly number[]): Moment {
    const fraction = ((this.nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
    const date = new Date(Number((this.nanoseconds - fraction) / 1_000_000n));
    date.setUTCFullYear(date.getUTCFullYear() + years, date.getUTCMonth() + months, date.getUTCDate() + days);
    if (Number.isNaN(date.getTime())) throw new Fault("AddDate: a time out of range");
    return new Moment(BigInt(date.getTime()) * 1_000_000n + fraction, this.zone);
  }

  #part(name: string): Value | undefined {
    const civil = civilIn(this.nanoseconds, this.zone);
    switch (name) {
      case "Year":
        return int(civil.year);
      case "Month":
        return new Int(BigInt(civil.month), "time.Month");
      case "Day":
        return int(civil.day);
      case "Hour":
        return int(civil.hour);
      case "Minute":
        return int(civil.minute);
      case "Second":
        return int(civil.second);
      case "Nanosecond":
        return int(civil.nanosecond);
      case "YearDay":
        return int(civil.dayOfYear);
      case "Weekday":
        return new Int(BigInt(civil.weekday), "time.Weekday");
      case "Unix":
        return int64(floorDivide(this.nanoseconds, 1_000_000_000n));
      case "UnixMilli":
        return int64(floorDivide(this.nanoseconds, 1_000_000n));
      case "UnixNano":
        return int64(this.nanoseconds);
      case "UTC":
        return new Moment(this.nanoseconds, { kind: "utc" });
      case "String":
        return this.print();
      default:
        return undefined;
    }
  }
}

function plainOf(value: Value): Plain {
  return value instanceof Sensitive ? value.value : value;
}

/** The size in whole units, rounded down. */
export function floorDivide(size: bigint, unit: bigint): bigint {
  const whole = size / unit;
  return size % unit < 0n ? whole - 1n : whole;
}
