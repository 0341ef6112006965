import unit from "./unit.config.js";

/** What takes minutes in memory: every fault at every place, crowds, random text. */
export default {
  ...unit,
  globals: { longTests: true },
  testMatch: ["<rootDir>/test/**/*.long.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 1_200_000,
};
