import { memberOf, textsIn } from "../kit/encoding/exact-json.ts";
import type { Json } from "../kit/kube/port.ts";
import { type Blanker, blankerOf, lookUnits } from "../kit/outlet/blanker.ts";
import type { Budget } from "./evaluate/budget.ts";

/** Data, and the paths in it whose whole subtree is sensitive. */
interface Marked {
  readonly values: { readonly [key: string]: Json };
  readonly sensitive: readonly (readonly string[])[];
}

interface Look {
  readonly blanked: Blanker;
  readonly units: (text: string) => number;
}

const looks = new WeakMap<Marked, Look>();

/** All texts at or below the sensitive paths of data. */
export function sensitiveTexts({ values, sensitive }: Marked): readonly string[] {
  return sensitive.flatMap((path) => {
    const found = path.reduce<Json | undefined>((inner, key) => memberOf(inner, key), values);
    return found === undefined ? [] : textsIn(found);
  });
}

/** Whether a text contains a part of a sensitive value. @throws Exhausted, Heavy */
export function tellsOfSensitive(text: string, data: Marked, budget: Budget): boolean {
  const { blanked, units } = lookFor(data);
  budget.spend(units(text));
  return blanked(text) !== text;
}

/**
 * The text without sensitive values, for error messages; undefined if that cannot be guaranteed, or costs more than is
 * left.
 * @throws Heavy
 */
export function withoutSensitive(text: string, data: Marked, budget: Budget): string | undefined {
  const { blanked, units } = lookFor(data);
  return budget.affords(units(text)) ? blanked(text) : undefined;
}

function lookFor(data: Marked): Look {
  const known = looks.get(data);
  if (known !== undefined) return known;
  const texts = sensitiveTexts(data);
  const look = { blanked: blankerOf(texts), units: lookUnits(texts) };
  looks.set(data, look);
  return look;
}
