/** Everything that needs no API server: plain calls, and the in-memory cluster. */
export default {
  // Jest leaves one core idle otherwise: half of a small machine.
  maxWorkers: "100%",
  // To give back half a gigabyte of memory takes a worker a second, on a busy machine longer; one that leaks never ends.
  workerGracefulExitTimeout: 60_000,
  // Generous, as every tier has it: a busy machine is no failure, and what waits for something gives up by itself when nothing moves.
  testTimeout: 300_000,
  rootDir: "../..",
  // What is built has the name of the package, too.
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "\\.(e2e|long|soak)\\.test\\.ts$"],
  testEnvironment: "<rootDir>/test/jest/environment.js",
  setupFilesAfterEnv: ["<rootDir>/test/jest/every-test.js"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2024", parser: { syntax: "typescript" } } }] },
};
