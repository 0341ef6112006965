import { withPlugFields } from "../parsing/former-status.ts";
import { parseStored, salvageStored, storedKind } from "../parsing/parse-stored.ts";
import { isSnapshotName } from "../snapshot/head.ts";
import { type Plug, type PlugStatus, plugSchema } from "./plug.generated.ts";

const stored = storedKind("Plug", plugSchema);

/** Parses a Plug. Ignores fields that the schema does not name. @throws InvalidInput naming every invalid field */
export function parsePlug(object: unknown): Plug {
  return parseStored(stored, object) as Plug;
}

/**
 * Reads a plug as a cluster holds it.
 * Fields that do not match the schema are left out and named in `metadata.problems`.
 * A status is not believed where it names snapshots that cannot be the plug's own, or a performed revision of a plug
 * that is not coupled.
 * @throws InvalidInput if even its identity is invalid
 */
export function readPlug(object: unknown): Plug {
  const plug = salvageStored(stored, object) as Plug;
  const { status } = plug;
  const believed = status === undefined ? undefined : withPlugFields(withOwnSnapshots(plug, whole(status)));
  const spec = plug.spec.socket === undefined ? { ...plug.spec, socket: socketInPlace(status) } : plug.spec;
  return believed === status && spec === plug.spec ? plug : { ...plug, spec, ...(believed && { status: believed }) };
}

/** If the requested socket cannot be read, the coupled one is used, so that nothing ends because of this. */
function socketInPlace(status: PlugStatus | undefined): Plug["spec"]["socket"] {
  const { name = "", namespace } = status?.coupledSocket ?? {};
  return namespace === undefined ? { name } : { name, namespace };
}

/** Removes the performed revision of a plug that is not coupled. */
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
