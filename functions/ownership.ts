import { fieldManager, labels, manager } from "../crds/names.ts";
import type { KubeObject, ObjectMeta } from "../kit/kube.ts";

/** By which labels an object is known to be one coupling's, or one plug's or socket's own. */
export interface Ownership {
  readonly plugUid?: string | undefined;
  readonly socketUid?: string | undefined;
  readonly side: "plug" | "socket";
}

/** The object with its owner's labels, as it is applied. */
export function owned(
  object: KubeObject,
  { plugUid, socketUid, side }: Ownership,
  annotations: { readonly [key: string]: string } = {},
): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        [labels.managedBy]: manager,
        ...(plugUid === undefined ? {} : { [labels.plugUid]: plugUid }),
        ...(socketUid === undefined ? {} : { [labels.socketUid]: socketUid }),
        [labels.side]: side,
      },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...metadata.annotations, ...annotations } }),
    },
  };
}

/** Whether the object is the plug's by its label; or by the seed's apply mark, where it bears no label of ours. */
export function belongsToPlug(metadata: ObjectMeta, plugUid: string): boolean {
  const label = metadata.labels?.[labels.plugUid];
  return label === undefined
    ? bearsApplyMark(metadata) && metadata.labels?.[labels.managedBy] !== manager
    : label === plugUid;
}

/** Whether the object was made by the `created` stage of this socket. */
export function belongsToSocket(metadata: ObjectMeta, socketUid: string): boolean {
  const marks = metadata.labels ?? {};
  if (marks[labels.managedBy] === undefined) return bearsApplyMark(metadata);
  return marks[labels.socketUid] === socketUid && marks[labels.plugUid] === undefined;
}

/** Whether it is there where it was made by its owner alone: in the owner's namespace, or in none. Our labels say so wherever it is. */
export function isAtHome(metadata: ObjectMeta, namespace: string): boolean {
  return isLabelled(metadata) || metadata.namespace === undefined || metadata.namespace === namespace;
}

/** Whether it bears our labels, whosever they are. */
export function isLabelled(metadata: ObjectMeta): boolean {
  return metadata.labels?.[labels.managedBy] === manager;
}

/** Whether nothing of ours made it: it was there before us. */
export function isStrangers(metadata: ObjectMeta): boolean {
  return metadata.labels?.[labels.managedBy] !== manager && !bearsApplyMark(metadata);
}

/** Whether the seed's operator, or we, applied it. */
export function bearsApplyMark(metadata: ObjectMeta): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager: by, operation }) => by === fieldManager && operation === "Apply",
  );
}
