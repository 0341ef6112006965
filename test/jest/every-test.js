import { afterEach } from "@jest/globals";

// What a world has to hold after each test of its file: test/worlds/worlds.ts and others say so. Nothing is loaded for tests that make none.
globalThis.afterEachTest = [];

afterEach(() => {
  for (const holds of globalThis.afterEachTest) holds();
});
