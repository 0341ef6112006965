import { withPlugFields } from "../parsing/former-status.ts";
import { parseStored, salvageStored, storedKind } from "../parsing/parse-stored.ts";
import { isSnapshotName } from "../snapshot/head.ts";
import { type Plug, type PlugStatus, plugSchema } from "./plug.generated.ts";

const stored = storedKind("Plug", plugSchema);

/** The Plug as its types have it. Fields that no schema names are ignored. @throws InvalidInput naming every field that is wrong */
export function parsePlug(object: unknown): Plug {
  return parseStored(stored, object) as Plug;
}

/**
 * A plug as a cluster holds it. What is not as its schema has it is left out and named in `metadata.problems`; a status that names snapshots
 * which cannot be the plug's own, or that something is performed although it is not coupled, is not believed in that. @throws InvalidInput when not even its identity can be read
 */
export function readPlug(object: unknown): Plug {
  const plug = salvageStored(stored, object) as Plug;
  const { status } = plug;
  const believed = status === undefined ? undefined : withPlugFields(withOwnSnapshots(plug, whole(status)));
  const spec = plug.spec.socket === undefined ? { ...plug.spec, socket: socketInPlace(status) } : plug.spec;
  return believed === status && spec === plug.spec ? plug : { ...plug, spec, ...(believed && { status: believed }) };
}

/** Which socket is wanted cannot be read: the one it is coupled to, so that nothing ends for that. */
function socketInPlace(status: PlugStatus | undefined): Plug["spec"]["socket"] {
  const { name = "", namespace } = status?.coupledSocket ?? {};
  return namespace === undefined ? { name } : { name, namespace };
}

/** Nothing is performed of a coupling that is none. */
function whole(status: PlugStatus): PlugStatus {
  if (status.performed === undefined || status.coupledSocket?.uid !== undefined) return status;
  const { performed: _ofNone, ...rest } = status;
  return rest;
}

function withOwnSnapshots({ metadata }: Plug, status: PlugStatus): PlugStatus {
  const foreign = (name: string | undefined): boolean => name !== undefined && !isSnapshotName(name, metadata);
  const { snapshot, performed, ...rest } = status;
  if (!foreign(snapshot) && !foreign(performed?.snapshot)) return status;
  const { snapshot: performedAs, ...as } = performed ?? { revision: 0, socketUid: "" };
  return {
    ...rest,
    ...(snapshot === undefined || foreign(snapshot) ? {} : { snapshot }),
    ...(performed === undefined ? {} : { performed: foreign(performedAs) ? as : { ...as, snapshot: performedAs } }),
  };
}
