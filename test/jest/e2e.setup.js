/** Jest makes CommonJS of a TypeScript setup file; imported from here Node reads it as it is. */
export default async function setup() {
  const { startSharedApiServer } = await import("../api-server/shared-api-server.ts");
  await startSharedApiServer();
}
