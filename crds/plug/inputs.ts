import { unknown, versionNow } from "../../kit/loop/references.ts";
import { absent } from "../../kit/loop/versions.ts";
import { concerns, versionOfPlace, versionOfSocket } from "../coupling/references.ts";
import { versionOfOwner } from "../coupling/versions.ts";
import { digest } from "../due/told.ts";
import { haltKey, type ObservedPlug } from "./next-stage.ts";
import type { PlugRef } from "./plug.generated.ts";
import type { PlugStageName } from "./stages.ts";

/** Whose versions `owners` has already: their resourceVersion moves with each status written, and would make every retry look new. */
const amongOwners: ReadonlySet<string> = new Set(["Plug", "Socket", "Namespace", "Place"]);

/** A digest of the versions a stage of a plug is due for: while it stays the same, asking again is repeating. */
export function plugInputs(observed: ObservedPlug, stage: PlugStageName): string {
  const { plug, socket, namespace } = observed;
  const owners = [
    versionOfOwner(plug.metadata),
    plug.metadata.deletionTimestamp === undefined ? "stays" : "leaves",
    socket?.metadata.uid ?? absent,
    versionOfSocket(socket),
    versionOfPlace(socket, plug),
    namespace === undefined ? absent : versionOfOwner(namespace.metadata),
    plug.status?.coupledSocket?.uid ?? absent,
    String(haltKey(plug, stage)),
    plug.status?.performed?.snapshot ?? absent,
  ];
  const refs = (plug.status?.refs ?? [])
    .filter((ref) => concerns(ref, stage) && !amongOwners.has(ref.kind))
    .map((ref) => seenVersion(ref, observed));
  return digest([...owners.map(withoutMark), ...refs]);
}

/** Where nothing is known, what was recorded: coming to know that it is so changes nothing. */
function seenVersion(ref: PlugRef, observed: ObservedPlug): string {
  const { evidence } = observed;
  const sight = evidence.kind === "seen" ? evidence.see(ref) : unknown;
  const seen = versionNow(ref, sight);
  const uid = sight.known ? sight.metadata?.uid : ref.uid;
  return ref.uid === undefined ? withoutMark(seen) : `${uid ?? ""} ${withoutMark(seen)}`;
}

function withoutMark(version: string): string {
  const at = version.indexOf("@");
  return at < 0 ? version : version.slice(0, at);
}
