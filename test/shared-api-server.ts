import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type OwnApiServer, shareApiServer, startApiServer } from "./api-server.ts";

let server: OwnApiServer | undefined;

/** Starts the API server of a whole end-to-end run, serving Plugboard's CRDs, before its first test file. */
export async function startSharedApiServer(): Promise<void> {
  server = await startApiServer({ crds: plugboardCrds() });
  shareApiServer(server);
}

/** Ends it after the last one. */
export async function stopSharedApiServer(): Promise<void> {
  await server?.stop();
}

/** The CRD manifests of this repository. */
export function plugboardCrds(): readonly string[] {
  const folder = join(import.meta.dirname, "../crds");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
}
