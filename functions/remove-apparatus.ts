import { apparatusMarks, idleAtOf } from "../crds/apparatus-pod.ts";
import { labels, manager } from "../crds/names.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { Conflict, PlugboardError } from "../kit/errors.ts";
import type { ObjectMeta } from "../kit/kube.ts";
import type { StageContext } from "./context.ts";
import { replyTo } from "./failing.ts";

/** Removes the Pod of an apparatus that nobody has used for its idleTimeout; its Service stays, and costs nothing. A use that comes meanwhile keeps it. Safe to repeat. */
export async function removeApparatus(context: StageContext, request: StageRequest): Promise<StageReply> {
  const key = { apiVersion: "v1", kind: "Pod", namespace: request.namespace, name: request.name };
  try {
    const metadata = (await context.live.getMetadata(key))?.metadata;
    if (metadata === undefined || (request.uid !== undefined && metadata.uid !== request.uid))
      return { kind: "nothing", why: "there is no such Pod" };
    if (!isApparatus(metadata)) return { kind: "nothing", why: "it is the Pod of no apparatus" };
    if (metadata.deletionTimestamp !== undefined || context.clock.now() < idleAtOf(metadata))
      return { kind: "nothing", why: "it was used not long ago, or goes already" };
    const { uid, resourceVersion } = metadata;
    await context.live.delete(key, { uid, resourceVersion });
    return { kind: "fact", fact: "apparatus.removed", message: `${key.namespace}/${key.name} was not used any more` };
  } catch (error) {
    if (error instanceof Conflict) return { kind: "nothing", why: "it was used just now" };
    if (error instanceof PlugboardError) return replyTo(error, "apparatus.remove");
    throw error;
  }
}

function isApparatus({ labels: marks = {} }: ObjectMeta): boolean {
  return marks[labels.managedBy] === manager && marks[apparatusMarks.of] !== undefined;
}
