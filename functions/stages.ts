import type { StageName } from "../crds/stage-names.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { adopt } from "./adopt.ts";
import type { StageContext } from "./context.ts";
import { couple } from "./couple.ts";
import { createPlug } from "./create.ts";
import { decouple } from "./decouple.ts";
import { deletePlug } from "./delete.ts";
import { removeApparatus } from "./remove-apparatus.ts";
import { repair } from "./repair.ts";
import { resolveConfig } from "./resolve-config.ts";
import { resolveDeferredResource } from "./resolve-deferred-resource.ts";
import { createSocket, deleteSocket, syncSocket } from "./socket-stages.ts";
import { sweep } from "./sweep.ts";
import { templateResult } from "./template-result.ts";
import { update } from "./update.ts";

/** A stage: reads the cluster, decides, and writes back. Safe to repeat. */
export type Stage = (context: StageContext, request: StageRequest) => Promise<StageReply>;

/** Every stage by its name. */
export const stages: { readonly [name in StageName]: Stage } = {
  "plug.adopt": adopt,
  "plug.create": createPlug,
  "plug.decouple": decouple,
  "plug.delete": deletePlug,
  "plug.resolve-config": resolveConfig,
  "plug.couple": couple,
  "plug.update": update,
  "plug.template-result": templateResult,
  "plug.repair": repair,
  "socket.create": createSocket,
  "socket.sync": syncSocket,
  "socket.delete": deleteSocket,
  "snapshot.sweep": sweep,
  "deferredresource.resolve": resolveDeferredResource,
  "apparatus.remove": removeApparatus,
};
