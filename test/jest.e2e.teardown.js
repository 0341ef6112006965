/** Ends what the setup started. */
export default async function teardown() {
  const { stopSharedApiServer } = await import("./shared-api-server.ts");
  await stopSharedApiServer();
}
