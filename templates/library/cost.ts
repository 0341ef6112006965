import type { Call } from "../evaluate/rendering.ts";
import { surfaceOf, weigh } from "../values/size.ts";
import type { Value } from "../values/value.ts";
import type { Cost } from "./function.ts";

/** The number of read characters in one unit. */
const charactersPerUnit = 16;
/** The number of characters in one unit for one native operation. */
const scannedPerUnit = 64;

/** Cost of a function that does not read its arguments. */
export function brief(): Cost {
  return { units: 0 };
}

/** Cost of a function that returns an argument, or a part of one, without reading it. */
export function picks(): Cost {
  return { units: 0, makes: 0 };
}

/** A fixed cost, for any arguments. */
export function takes(units: number): () => Cost {
  return () => ({ units });
}

/** Cost of a function that reads its texts, lists and maps, but not the values in them. */
export function reads(given: readonly unknown[]): Cost {
  return { units: surfaceOfAll(given) / charactersPerUnit };
}

/** Like `reads`, with native operations: comparing, searching, hashing. */
export function scans(given: readonly unknown[]): Cost {
  return { units: surfaceOfAll(given) / scannedPerUnit };
}

/** Cost of a function that reads its arguments and returns a part of them. */
export function searches(given: readonly unknown[]): Cost {
  return { ...reads(given), makes: 0 };
}

/** Cost of a function that reads its arguments and all values in them. */
export function walks(given: readonly unknown[], call: Call): Cost {
  return { units: weighAll(given, call) / charactersPerUnit };
}

/** Like `walks`, with an output of at most this many times the input. */
export function writes(times: number): (given: readonly unknown[], call: Call) => Cost {
  return (given, call) => {
    const size = weighAll(given, call);
    return { units: (size * times) / charactersPerUnit };
  };
}

/** The total size of the surfaces of all values. */
export function surfaceOfAll(given: readonly unknown[]): number {
  let size = 0;
  for (const value of given) size += surfaceOf(value);
  return size;
}

/** The total size of all values and everything in them. */
export function weighAll(given: readonly unknown[], call: Call): number {
  let size = 0;
  // Arguments such as numbers have no size.
  for (const value of given) size += weigh(value as Value, call.bounds);
  return size;
}
