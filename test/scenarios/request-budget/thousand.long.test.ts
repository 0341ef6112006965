import { expect, test } from "@jest/globals";
import { costOf } from "./memory-cost.ts";

// In memory; here because it takes its time.
test("each of a thousand couplings to one socket costs what a single one costs", async () => {
  expect(await costOf(1_000)).toEqual(await costOf(1));
});
