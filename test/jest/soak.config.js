import unit from "./unit.config.js";

/** The same as other tests, for much longer: run by hand. CONTRIBUTING.md keeps the last figures. */
export default {
  ...unit,
  maxWorkers: 1,
  testMatch: ["<rootDir>/test/**/*.soak.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 3_600_000,
};
