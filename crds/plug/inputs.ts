import { unknown, versionNow } from "../../kit/loop/references.ts";
import { absent } from "../../kit/loop/versions.ts";
import { concerns, versionOfPlace, versionOfSocket } from "../coupling/references.ts";
import { versionOfOwner } from "../coupling/versions.ts";
import { digest } from "../due/told.ts";
import type { PlugStageName } from "../stage-names.ts";
import { haltKey, type ObservedPlug } from "./next-stage.ts";
import type { PlugRef } from "./plug.generated.ts";

/**
 * The versions of these are in `owners` already.
 * Their resourceVersion changes with each status, and would make every retry look like a new input.
 */
const amongOwners: ReadonlySet<string> = new Set(["Plug", "Socket", "Namespace", "Place"]);

/**
 * A digest of the versions for which a stage of a plug is due.
 * While it stays the same, another request is a repetition.
 */
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

/** If nothing is known, the recorded version: learning the same version later changes nothing. */
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
