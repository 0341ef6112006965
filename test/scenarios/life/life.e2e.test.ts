import { describe, test } from "@jest/globals";
import { chapters } from "./chapters.ts";
import { beginOnCluster } from "./cluster-life.ts";
import { liveThrough } from "./life.ts";

const shown = chapters
  .map(({ name, scenarios }) => ({ name, scenarios: scenarios.filter(({ only }) => only !== "memory") }))
  .filter(({ scenarios }) => scenarios.length > 0);

describe.each(shown)("on a real API server: $name", ({ scenarios }) => {
  test.concurrent.each(scenarios)("$name", async (scenario) => {
    const life = await beginOnCluster();
    try {
      await liveThrough(scenario, life);
    } finally {
      await life.stop();
    }
  });
});
