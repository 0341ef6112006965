import unit from "./jest.unit.config.js";

/** What runs against a real kube-apiserver. */
export default {
  ...unit,
  testMatch: ["<rootDir>/test/**/*.e2e.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
};
