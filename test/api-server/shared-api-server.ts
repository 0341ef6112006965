import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type OwnApiServer, shareApiServer, startApiServer } from "./api-server.ts";
import { provideSharedIdentities } from "./identities.ts";
import { everyRequest, refusals, unusedRights } from "./used-rights.ts";

let server: OwnApiServer | undefined;

/** Starts the API server of a whole end-to-end run, serving Plugboard's CRDs and knowing its service accounts, before its first test file. */
export async function startSharedApiServer(): Promise<void> {
  server = await startApiServer({ crds: plugboardCrds() });
  shareApiServer(server);
  await provideSharedIdentities(server);
}

/**
 * Ends it after the last one. @throws Error where Plugboard's own service accounts were refused something, or, after a run of
 * everything, where nothing made use of a right that they have
 */
export async function stopSharedApiServer({ ranEverything }: { readonly ranEverything: boolean }): Promise<void> {
  if (server === undefined) return;
  const requests = await everyRequest(server);
  await server.stop();
  const refused = refusals(requests);
  const unused = ranEverything ? unusedRights(requests) : [];
  if (refused.length > 0) throw new Error(`Plugboard was refused what it asked for as itself:\n${refused.join("\n")}`);
  if (unused.length > 0) throw new Error(`rights in serverless.yaml that nothing made use of:\n${unused.join("\n")}`);
}

/** The CRD manifests of this repository. */
export function plugboardCrds(): readonly string[] {
  const folder = join(import.meta.dirname, "../../crds");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name));
}
