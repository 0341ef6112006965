/** Ends what the setup started; after a run of everything no right may have gone unused. */
export default async function teardown({ testPathPatterns, testNamePattern }) {
  const { stopSharedApiServer } = await import("../api-server/shared-api-server.ts");
  const ranEverything = testPathPatterns.patterns.length === 0 && !testNamePattern;
  await stopSharedApiServer({ ranEverything: ranEverything || process.env.PLUGBOARD_TEST_RIGHTS === "all" });
}
