import { performing } from "../coupling/perform-revision.ts";
import type { Stage } from "../stage.ts";

/** Couples a plug to its socket: performs the `coupled` hooks and resources of both sides. Safe to repeat. */
export const couple: Stage = performing({ stage: "plug.couple", event: "coupled" });
