import { differs } from "../../crds/coupling/references.ts";
import { fieldManager } from "../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { sightOf } from "../../kit/loop/references.ts";
import { versionOfApplied } from "../../kit/loop/versions.ts";
import { covers } from "../../kit/performing/covers.ts";
import { isRecordLost } from "../../kit/performing/field-record.ts";
import { keyOfRef, type PlacedResource, type Planning, stepFor } from "./plan-resources.ts";

/** An object whose version is not the one recorded when it was applied. */
export type Suspect = PlacedResource & {
  /** The present object; undefined if it was deleted. */
  readonly live: KubeObject | undefined;
};

/** The suspects, sorted by their state. */
export interface Drift {
  /** All values are as applied: only the version must be recorded. */
  readonly unharmed: readonly Suspect[];
  /** Objects that must be applied again. */
  readonly damaged: readonly Suspect[];
}

/** Whether the object's version differs from the recorded one. It may be damaged. */
export function isSuspect(ref: PlugRef, { seen }: PlacedResource): boolean {
  return differs(ref, sightOf(seen, fieldManager));
}

/** Reads the suspects and compares their values with what was last applied. */
export async function findDrift(kube: Kube, suspects: readonly PlacedResource[], planning: Planning): Promise<Drift> {
  const looked = await Promise.all(
    suspects.map(async (one): Promise<Suspect> => ({ ...one, live: await kube.as(one.as).get(one.key) })),
  );
  const unharmed = looked.filter((one) => isUnharmed(one, planning));
  return { unharmed, damaged: looked.filter((one) => !unharmed.includes(one)) };
}

/** The references with the versions of the unharmed objects. */
export function asSeen(refs: PlugStatus["refs"], unharmed: readonly Suspect[]): readonly PlugRef[] {
  const versions = new Map(
    unharmed.flatMap(({ key, live }) =>
      live === undefined ? [] : [[keyText(key), versionOfApplied(live.metadata, fieldManager)] as const],
    ),
  );
  return (refs ?? []).map((ref) => {
    const version = ref.role === "applied" ? versions.get(keyText(keyOfRef(ref))) : undefined;
    return version === undefined ? ref : { ...ref, version };
  });
}

function isUnharmed(one: Suspect, planning: Planning): boolean {
  const { live, key } = one;
  const known = planning.before.get(keyText(key));
  if (live === undefined || live.metadata.uid !== known?.uid) return false;
  if (known?.foreign !== true && isRecordLost(live.metadata, fieldManager)) return false;
  return isAsApplied(one, planning);
}

/** Whether all values of the object are as applied. */
export function isAsApplied({ live, ...placed }: Suspect, planning: Planning): boolean {
  const step = stepFor(placed, planning);
  return live !== undefined && step.kind === "apply" && covers(live, { ...step.object, apiVersion: live.apiVersion });
}
