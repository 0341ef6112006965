import { expect, test } from "@jest/globals";
import { lookUntil } from "./patience.ts";

const brief = { everyMilliseconds: 0, stillMilliseconds: 0, stillLooks: 10 };

test("a wait goes on as long as what it sees moves", async () => {
  let seen = 0;
  const look = async (): Promise<number> => {
    seen += 1;
    return Math.floor(seen / 5);
  };
  expect(await lookUntil(look, (value) => value === 100, brief)).toBe(100);
});

test("a wait goes on as long as anything else moves", async () => {
  let [looks, moved] = [0, 0];
  const moves = async (): Promise<number> => {
    moved += 1;
    return moved;
  };
  const look = async (): Promise<boolean> => {
    looks += 1;
    return looks > 1_000;
  };
  expect(await lookUntil(look, (holds) => holds, { ...brief, moves })).toBe(true);
});

test("a wait is given up when nothing moves any more", async () => {
  let seen = 0;
  const look = async (): Promise<number> => {
    seen += 1;
    return Math.min(seen, 50);
  };
  expect(await lookUntil(look, (value) => value === 100, brief)).toBe(50);
});
