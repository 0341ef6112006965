import { type ChangeAt, type Course, undisturbed } from "./life.ts";
import type { Scenario } from "./scenarios.ts";
import { differences } from "./seen-world.ts";

/** What came of a disturbance. */
export interface Disturbed extends Course {
  /** During which act it came; undefined when it never did. */
  readonly disturbedAt: number | undefined;
}

/** What undisturbed lives come to, remembered by where the change is made. */
export class References {
  readonly #scenario: Scenario;
  readonly #courses = new Map<string, Promise<Course>>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  at(changed?: ChangeAt): Promise<Course> {
    const key = changed === undefined ? "" : `${changed.act} ${changed.when}`;
    const course = this.#courses.get(key) ?? undisturbed(this.#scenario, changed);
    this.#courses.set(key, course);
    return course;
  }
}

/** In what a disturbed life differs from every undisturbed one that it may be like; nothing when it is like one of them. */
export async function differsFrom(
  references: References,
  disturbed: Disturbed,
  changed: boolean,
): Promise<readonly string[]> {
  const { disturbedAt: act, worlds } = disturbed;
  if (act === undefined) return ["nothing disturbed it"];
  const likes =
    changed && act < worlds.length
      ? await Promise.all((["after", "with"] as const).map((when) => references.at({ act, when })))
      : [await references.at()];
  const found = likes.map((like) => differences(seenSince(act, disturbed), seenSince(act, like)));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function seenSince(act: number, { worlds, anHourLater, broken }: Course): unknown {
  return { worlds: worlds.slice(act), anHourLater, broken: broken.map(String) };
}
