import { expect, test } from "@jest/globals";
import { costOf } from "./memory-cost.ts";

test("one simple coupling costs at most 20 API requests, at most 11 of them writes, and one Event", async () => {
  const { requests, writes, events } = await costOf(1);
  expect(requests).toBeLessThanOrEqual(20);
  expect(writes).toBeLessThanOrEqual(11);
  expect(events).toBe(1);
});

test("each of ten couplings to one socket costs what a single one costs", async () => {
  expect(await costOf(10)).toEqual(await costOf(1));
});
