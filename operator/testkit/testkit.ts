// What `plugboard/testkit` exports.
export type { Failing } from "./faults.ts";
export { createWorld, type Given, type World, type WorldOptions } from "./world.ts";
export { type HotObject, NeverSettles } from "./write-history.ts";
