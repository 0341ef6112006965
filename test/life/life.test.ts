import { describe, test } from "@jest/globals";
import { chapters } from "./chapters.ts";
import { liveThrough } from "./life.ts";
import { beginInMemory } from "./memory-life.ts";

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
