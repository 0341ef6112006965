import fc from "fast-check";
import { Life, names, type Order } from "./orders.ts";

const plug = fc.constantFrom(...names);
const onPlug = fc.record({
  act: fc.constantFrom("delete", "take away", "make", "make again", "lose status"),
  plug,
});
const onSocket = fc.record({
  act: fc.constantFrom("delete socket", "take socket away", "make socket", "make both again"),
});
const relabel = fc.record({ act: fc.constant("relabel"), tier: fc.constantFrom("gold", "none") });
const rules = fc.record({ act: fc.constant("rules"), rules: fc.constantFrom("none", "gold", "nobody") });
const limit = fc.record({ act: fc.constant("limit"), limit: fc.constantFrom(null, 1, 2) });
const pause = fc.record({ act: fc.constant("pause"), side: fc.constantFrom("plug", "socket"), paused: fc.boolean() });
const restore = fc.record({ act: fc.constant("restore"), plug, withStatus: fc.boolean() });
const move = fc.record({ act: fc.constant("move cluster"), withStatus: fc.boolean() });
const remake = fc.record({ act: fc.constant("remake namespace"), side: fc.constantFrom("app", "db") });
const wanted = fc.record({ act: fc.constant("interface"), plug, name: fc.constantFrom(null, "postgres", "mysql") });
const time = fc.record({ act: fc.constant("wait"), minutes: fc.constantFrom(5, 15, 45) });
const usual = fc.record({ act: fc.constantFrom("restart", "rotate") });

/** What people do to both sides, in any order. */
export const order = fc.oneof(
  { arbitrary: onPlug, weight: 6 },
  { arbitrary: usual, weight: 5 },
  { arbitrary: rules, weight: 3 },
  { arbitrary: onSocket, weight: 3 },
  { arbitrary: limit, weight: 2 },
  { arbitrary: relabel, weight: 2 },
  { arbitrary: restore, weight: 2 },
  { arbitrary: time, weight: 2 },
  { arbitrary: pause, weight: 1 },
  { arbitrary: wanted, weight: 1 },
  { arbitrary: move, weight: 1 },
  { arbitrary: remake, weight: 1 },
) as fc.Arbitrary<Order>;

/** Follows the orders one by one. @throws AssertionError where somebody learns what is not theirs, or loses what is */
export async function liveThrough(orders: readonly Order[]): Promise<void> {
  const life = await Life.begin();
  try {
    for (const one of orders) await life.follow(one);
    await life.end();
  } finally {
    await life.stop();
  }
}

/** Lives through so many random orders, from a seed. */
export async function liveRandomly({
  seed,
  runs,
  orders,
}: {
  readonly seed: number;
  readonly runs: number;
  readonly orders: number;
}): Promise<void> {
  const sequences = fc.array(order, { minLength: orders, maxLength: orders });
  const property = fc.asyncProperty(sequences, liveThrough);
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  if (failed) throw new Error(`seed ${seed}: ${errorInstance}`);
}
