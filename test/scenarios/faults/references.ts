import { type ChangeAt, type Course, undisturbed } from "./life.ts";
import type { Scenario } from "./scenarios.ts";
import { differences } from "./seen-world.ts";

/** What came of a disturbance. */
export interface Disturbed extends Course {
  /** During which act it came; undefined when it never did. */
  readonly disturbedAt: number | undefined;
}

const known = new WeakMap<Scenario, Map<string, Promise<Course>>>();

/**
 * What the undisturbed life of a scenario comes to, by where the change is made.
 * It is lived once for all that compare with it.
 */
export function referenceOf(scenario: Scenario, changed?: ChangeAt): Promise<Course> {
  const courses = known.get(scenario) ?? new Map<string, Promise<Course>>();
  known.set(scenario, courses);
  const key = changed === undefined ? "" : `${changed.act} ${changed.when}`;
  const course = courses.get(key) ?? undisturbed(scenario, changed);
  courses.set(key, course);
  return course;
}

/** In what a disturbed life differs from every undisturbed one that it may be like; nothing when it is like one of them. */
export async function differsFrom(
  scenario: Scenario,
  disturbed: Disturbed,
  changed: boolean,
): Promise<readonly string[]> {
  const { disturbedAt: act, worlds } = disturbed;
  if (act === undefined) return ["nothing disturbed it"];
  const likes =
    changed && act < worlds.length
      ? await Promise.all((["after", "with"] as const).map((when) => referenceOf(scenario, { act, when })))
      : [await referenceOf(scenario)];
  const found = likes.map((like) => differences(seenSince(act, disturbed), seenSince(act, like)));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function seenSince(act: number, { worlds, anHourLater, broken }: Course): unknown {
  return { worlds: worlds.slice(act), anHourLater, broken: broken.map(String) };
}
