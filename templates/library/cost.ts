import type { Call } from "../evaluate/rendering.ts";
import { surfaceOf, weigh } from "../values/size.ts";
import type { Value } from "../values/value.ts";
import type { Cost } from "./function.ts";

/** Characters of what is read that come to one unit. */
const charactersPerUnit = 16;
/** As many where one native operation goes over the text. */
const scannedPerUnit = 64;

/** Looks at what it is given without going over it. */
export function brief(): Cost {
  return { units: 0 };
}

/** Gives back what it was given, or something out of it, unread. */
export function picks(): Cost {
  return { units: 0, makes: 0 };
}

/** So many units, whatever it is given. */
export function takes(units: number): () => Cost {
  return () => ({ units });
}

/** Goes over the texts, the lists and the maps that it is given, not into what they hold. */
export function reads(given: readonly unknown[]): Cost {
  return { units: surfaceOfAll(given) / charactersPerUnit };
}

/** As `reads`, natively: comparing, searching, hashing. */
export function scans(given: readonly unknown[]): Cost {
  return { units: surfaceOfAll(given) / scannedPerUnit };
}

/** Goes over what it is given, and gives back something out of it. */
export function searches(given: readonly unknown[]): Cost {
  return { ...reads(given), makes: 0 };
}

/** Goes over what it is given and all that is in it. */
export function walks(given: readonly unknown[], call: Call): Cost {
  return { units: weighAll(given, call) / charactersPerUnit };
}

/** As `walks`, making at most so many times as much. */
export function writes(times: number): (given: readonly unknown[], call: Call) => Cost {
  return (given, call) => {
    const size = weighAll(given, call);
    return { units: (size * times) / charactersPerUnit };
  };
}

/** The sizes of the surfaces of all values together. */
export function surfaceOfAll(given: readonly unknown[]): number {
  let size = 0;
  for (const value of given) size += surfaceOf(value);
  return size;
}

/** The sizes of all values together, with all that is in them. */
export function weighAll(given: readonly unknown[], call: Call): number {
  let size = 0;
  // Arguments that were read as numbers and the like have no size.
  for (const value of given) size += weigh(value as Value, call.bounds);
  return size;
}
