import { differs } from "../../crds/coupling/references.ts";
import { fieldManager } from "../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { sightOf } from "../../kit/loop/references.ts";
import { versionOfApplied } from "../../kit/loop/versions.ts";
import { isRecordLost } from "../../kit/performing/field-record.ts";
import { keyOfRef, type PlacedResource, type Planning, stepFor } from "./plan-resources.ts";
import { covers } from "./shared-objects.ts";

/** An object whose version is not the one that was recorded when it was applied. */
export type Suspect = PlacedResource & {
  /** As it is now; undefined where it is gone. */
  readonly live: KubeObject | undefined;
};

/** The suspects by what a look at them shows. */
export interface Drift {
  /** All values are as they were applied: only the version has to be recorded. */
  readonly unharmed: readonly Suspect[];
  /** What was applied has to be applied again. */
  readonly damaged: readonly Suspect[];
}

/** Whether the object is not at the version that the reference recorded: a suspicion, no damage yet. */
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

/** The references with the versions at which the unharmed objects were seen. */
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

/** Whether all values of the object are as they are applied. */
export function isAsApplied({ live, ...placed }: Suspect, planning: Planning): boolean {
  const step = stepFor(placed, planning);
  return live !== undefined && step.kind === "apply" && covers(live, { ...step.object, apiVersion: live.apiVersion });
}
