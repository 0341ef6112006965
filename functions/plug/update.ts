import { performing } from "../coupling/perform-revision.ts";
import type { Stage } from "../stage.ts";

/**
 * Updates a coupling to its newest revision: performs the `updated` hooks and resources of both sides, and prunes.
 * Safe to repeat.
 */
export const update: Stage = performing({ stage: "plug.update", event: "updated" });
