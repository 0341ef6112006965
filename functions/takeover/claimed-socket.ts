import { believe, listedBy } from "../../crds/coupling/belief.ts";
import { currentSocket } from "../../crds/coupling/standing.ts";
import { notListed, notTakenOver } from "../../crds/messages.ts";
import type { PlugStatus } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { Forbidden } from "../../kit/errors.ts";
import type { Coupling } from "../coupling/observe.ts";
import { say } from "../coupling/status.ts";
import type { Decision } from "../stage.ts";

/**
 * The socket that the plug's status names, if it is still the same one.
 * For a deleted one nothing can be read, rendered or performed.
 */
export function claimedSocket(coupling: Coupling): Socket | undefined {
  const socket = currentSocket(coupling);
  return socket?.metadata.uid === coupling.plug.status?.coupledSocket?.uid ? socket : undefined;
}

/**
 * Why the coupling that the plug's status claims is not taken over; undefined if it is.
 * @throws Forbidden if that cannot be checked
 */
export function whyNotBelieved(coupling: Coupling): string | undefined {
  const socket = claimedSocket(coupling);
  if (socket === undefined) return undefined;
  const belief = believe({ ...coupling, socket, listed: listedBy(socket) });
  switch (belief.kind) {
    case "believed":
      return undefined;
    case "refused":
      return notListed(socket.metadata, belief.why);
    case "unknown":
      throw new Forbidden(
        `${belief.why}, so Plugboard cannot check the coupling that the status of the plug claims. Grant Plugboard the right to get it`,
      );
  }
}

/** Treats the plug as not coupled. Objects of the claimed coupling stay. */
export function dropClaim({ plug, object, status: before, clock }: Coupling, why: string): Decision<PlugStatus> {
  const { coupledSocket: _claimed, ...status } = before;
  const said = notTakenOver(why);
  const { message } = said;
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "not-believed", message }),
    notices: [{ about: object, type: "Warning", ...said }],
    told: { kind: "fact", fact: "plug.adopted", message },
  };
}
