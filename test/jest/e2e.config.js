import unit from "./unit.config.js";

/** What runs against a real kube-apiserver: one for the whole run (`sharedApiServer`), with the CRDs in it. */
export default {
  ...unit,
  testMatch: ["<rootDir>/test/**/*.e2e.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 1_200_000,
  globalSetup: "<rootDir>/test/jest/e2e.setup.js",
  globalTeardown: "<rootDir>/test/jest/e2e.teardown.js",
};
