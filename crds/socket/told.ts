import type { Told } from "../../kit/loop/kind.ts";
import { claimedByUs } from "../coupling/standing.ts";
import { digest } from "../due/digest.ts";
import type { Socket } from "./socket.generated.ts";
import type { ofSockets, SocketStageName } from "./stages.ts";

type Fact = (typeof ofSockets)["facts"][number];

/** The fact that a run of a stage told last, as far as the status of a socket shows it. Pure. */
export function toldOfSocket(stage: string, socket: Socket | undefined): Told | undefined {
  const isGone = socket === undefined || !claimedByUs(socket);
  if (stage === "socket.delete" && isGone) return told("socket.deleted");
  if (socket === undefined) return undefined;
  const failure = socket.status?.failure;
  if (failure?.stage !== stage) return success(stage as SocketStageName, socket);
  // A failure that is tried again is no fact.
  const message = socket.status?.conditions?.find(({ type }) => type === "Failed")?.message;
  return failure.retryAt === undefined ? told("socket.failed", { failure, message }) : undefined;
}

/** What only a run that came through leaves. */
function success(stage: SocketStageName, socket: Socket): Told | undefined {
  const { metadata, status = {} } = socket;
  switch (stage) {
    case "socket.create":
      return claimedByUs(socket)
        ? told("socket.created", { createdAt: status.createdAt, finalizers: metadata.finalizers })
        : undefined;
    case "socket.sync": {
      const { coupledPlugs, coupledPlugCount, places, held, conditions } = status;
      return told("socket.synced", { coupledPlugs, coupledPlugCount, places, held, conditions });
    }
    case "socket.delete":
      return undefined;
  }
}

function told(fact: Fact, of: object = {}): Told {
  return { fact, of: digest([JSON.stringify(of)]) };
}
