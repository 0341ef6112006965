import { hasCreated, madeByFormerOperator } from "../../crds/coupling/standing.ts";
import type { Socket, SocketStatus } from "../../crds/socket/socket.generated.ts";
import { timestamp } from "../../kit/conditions.ts";
import { bears } from "../../kit/performing/marks.ts";
import { bearsApplyMark } from "../resources/ownership-marks.ts";
import { placeResources, refTo } from "../resources/plan-resources.ts";
import { ownPlanning } from "../resources/planning.ts";
import type { StageContext } from "../stage.ts";

/**
 * The fields that the status of a socket of integration-operator lacks: that its `created` stage is done, and the
 * objects that it made.
 */
export async function adoptSocket(context: StageContext, socket: Socket): Promise<SocketStatus> {
  if (!madeByFormerOperator(socket)) return {};
  const createdAt = timestamp(context.clock.now());
  if (!hasCreated(socket)) return { createdAt };
  const memory = { now: new Date(context.clock.now()), seed: context.random(), kept: new Map<string, string>() };
  const rendering = context.renderer.begin(socket.metadata.namespace);
  const created = await rendering.run("renderCreatedLeniently", { owner: socket, memory });
  const made = created.value.filter(({ do: act }) => act !== "delete");
  const planning = ownPlanning(socket, "unreachable");
  const placed = await placeResources(context.live, made, planning);
  const own = placed.filter(({ seen }) => seen !== undefined && bearsApplyMark(seen) && bears(seen, planning.ours));
  const refs = own.map(({ key, seen }) => ({
    ...refTo(key),
    ...(seen?.uid === undefined ? {} : { uid: seen.uid }),
    side: "socket" as const,
    entry: "created",
  }));
  return { createdAt, refs };
}
