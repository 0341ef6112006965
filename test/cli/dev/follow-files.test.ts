import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { followFiles } from "../../../cli/dev/follow-files.ts";
import { systemClock } from "../../../kit/clock.ts";

/** A file that is followed, and the next change of it. */
function followed(): { readonly file: string; readonly changed: Promise<void>; readonly stop: () => void } {
  const file = join(mkdtempSync(join(tmpdir(), "plugboard-follow-")), "plug.yaml");
  writeFileSync(file, "before");
  const { promise, resolve } = Promise.withResolvers<void>();
  return { file, changed: promise, stop: followFiles([file], { clock: systemClock, changed: resolve }) };
}

test("an edit in place is noticed", async () => {
  const { file, changed, stop } = followed();
  writeFileSync(file, "after");
  await expect(changed).resolves.toBeUndefined();
  stop();
});

test("a file that is replaced, as editors save, is noticed", async () => {
  const { file, changed, stop } = followed();
  writeFileSync(`${file}.swap`, "after");
  renameSync(`${file}.swap`, file);
  await expect(changed).resolves.toBeUndefined();
  stop();
});

test("a burst of changes is told once, after it", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "plugboard-follow-")), "plug.yaml");
  writeFileSync(file, "before");
  const planned = new Set<() => void>();
  const { promise: noticed, resolve: notice } = Promise.withResolvers<void>();
  let told = 0;
  const changed = (): void => {
    told += 1;
  };
  const clock = {
    now: () => 0,
    after: (_milliseconds: number, callback: () => void) => {
      planned.add(callback);
      notice();
      return () => void planned.delete(callback);
    },
  };
  const stop = followFiles([file], { clock, changed });
  for (let n = 0; n < 20; n += 1) writeFileSync(file, `edit ${n}`);
  await noticed;
  expect(told).toBe(0);
  expect(planned.size).toBe(1);
  for (const callback of planned) callback();
  expect(told).toBe(1);
  stop();
});
