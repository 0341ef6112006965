import { describe, test } from "@jest/globals";
import { chapters } from "./chapters.ts";
import { beginOnCluster } from "./cluster-life.ts";
import { liveThrough } from "./life.ts";

describe.each(chapters)("on a real API server: $name", ({ scenarios }) => {
  test.each(scenarios.filter(({ only }) => only !== "memory"))("$name", async (scenario) => {
    const life = await beginOnCluster();
    try {
      await liveThrough(scenario, life);
    } finally {
      await life.stop();
    }
  });
});
