import { apparatusMarks, idleAtOf } from "../../crds/apparatus/pod.ts";
import { apiVersion, labels, manager } from "../../crds/names.ts";
import type { StageRequest } from "../../crds/stage-names.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { ObjectMeta } from "../../kit/kube/port.ts";
import { defineStage } from "../run-stage.ts";
import type { Seen, Stage, StageContext } from "../stage.ts";

/**
 * Removes the Pod of an apparatus that was not used for its idleTimeout.
 * Its Service stays and costs nothing.
 * A use in the meantime keeps the Pod.
 * Safe to repeat.
 */
export const removeApparatus: Stage = defineStage<object, Seen<object>, undefined>({
  stage: "apparatus.remove",
  about: "Pod",
  live: true,
  observe,
  whyNotDue: ({ object: { metadata } }, { clock }) => {
    if (!isApparatus(metadata)) return "the Pod does not belong to an apparatus";
    const used = metadata.deletionTimestamp !== undefined || clock.now() < idleAtOf(metadata);
    return used ? "it was used recently, or is already being deleted" : undefined;
  },
  find: async () => undefined,
  decide: ({ object }) => {
    const { metadata } = object;
    return { kind: "take", steps: [{ kind: "delete", target: keyOf(object), seen: metadata, tolerance: "none" }] };
  },
  conclude: ({ object: { metadata } }) => {
    const message = `${metadata.namespace}/${metadata.name} was no longer used`;
    return { told: { kind: "fact", fact: "apparatus.removed", message } };
  },
  // The kubelet writes the status of a Pod.
  fail: () => undefined,
});

async function observe({ live }: StageContext, { namespace, name, uid }: StageRequest) {
  const object = await live.getMetadata({ apiVersion: "v1", kind: "Pod", namespace, name });
  return object === undefined || (uid !== undefined && object.metadata.uid !== uid)
    ? undefined
    : { object, status: {} };
}

/** Decided by the owner: labels alone prove nothing. */
function isApparatus({ labels: marks = {}, ownerReferences = [] }: ObjectMeta): boolean {
  const of = marks[apparatusMarks.of];
  const owner = ownerReferences.find(({ controller }) => controller === true);
  return marks[labels.managedBy] === manager && owner?.apiVersion === apiVersion && owner.uid === of;
}
