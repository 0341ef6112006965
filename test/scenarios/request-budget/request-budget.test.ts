import { expect, test } from "@jest/globals";
import { costOf } from "./memory-cost.ts";

test("a simple coupling costs one finalizer, one snapshot, three statuses and three applies, one Event, and no read", async () => {
  expect((await costOf(1)).coupling).toEqual({ requests: 8, writes: 8, events: 1 });
});

test("its end costs two statuses, three deletions, one mark on the snapshot and the finalizer, one Event, and no read", async () => {
  expect((await costOf(1)).decoupling).toEqual({ requests: 7, writes: 7, events: 1 });
});

test("each of ten couplings to one socket costs what a single one costs", async () => {
  expect(await costOf(10)).toEqual(await costOf(1));
});
