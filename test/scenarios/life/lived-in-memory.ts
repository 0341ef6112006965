import { describe, test } from "@jest/globals";
import type { Chapter } from "./chapters.ts";
import { liveThrough } from "./life.ts";
import { beginInMemory } from "./memory-life.ts";

/** A test for each scenario of some chapters, each in a cluster of its own. */
export function livedInMemory(chapters: readonly Chapter[]): void {
  describe.each(chapters)("in memory: $name", ({ scenarios }) => {
    test.each(scenarios.filter(({ only }) => only !== "cluster"))("$name", async (scenario) => {
      const life = await beginInMemory();
      try {
        await liveThrough(scenario, life);
      } finally {
        await life.stop();
      }
    });
  });
}
