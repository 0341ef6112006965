import type { Told } from "../../kit/loop/kind.ts";
import { claimedByUs } from "../coupling/standing.ts";
import { told, toldOfFailure } from "../due/told.ts";
import type { ofSockets, SocketStageName } from "../stage-names.ts";
import type { Socket } from "./socket.generated.ts";

type Fact = (typeof ofSockets)["facts"][number];

/** The fact that the last run of a stage reported, as far as the status of a socket shows it. Pure. */
export function toldOfSocket(stage: string, socket: Socket | undefined): Told | undefined {
  const isGone = socket === undefined || !claimedByUs(socket);
  if (stage === "socket.delete" && isGone) return told<Fact>("socket.deleted");
  if (socket === undefined) return undefined;
  const failure = socket.status?.failure;
  if (failure?.stage !== stage) return success(stage as SocketStageName, socket);
  const message = socket.status?.conditions?.find(({ type }) => type === "Failed")?.message;
  return toldOfFailure<Fact>("socket.failed", failure, { message });
}

/** The part of a status that only a successful run writes. */
function success(stage: SocketStageName, socket: Socket): Told | undefined {
  const { metadata, status = {} } = socket;
  switch (stage) {
    case "socket.create":
      return claimedByUs(socket)
        ? told<Fact>("socket.created", { createdAt: status.createdAt, finalizers: metadata.finalizers })
        : undefined;
    case "socket.sync": {
      const { coupledPlugs, coupledPlugCount, places, held, conditions } = status;
      return told<Fact>("socket.synced", { coupledPlugs, coupledPlugCount, places, held, conditions });
    }
    case "socket.delete": {
      const awaited = (status.refs ?? []).filter((ref) => ref.role === "awaited" && ref.stage === stage);
      return awaited.length === 0 ? undefined : told<Fact>("socket.waiting", awaited);
    }
  }
}
