import { performing } from "../coupling/perform-revision.ts";
import type { Stage } from "../run-stage.ts";

/** Couples a plug to its socket: performs what both sides have for `coupled`. Safe to repeat. */
export const couple: Stage = performing({ stage: "plug.couple", event: "coupled" });
