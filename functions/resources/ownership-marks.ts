import { fieldManager, labels, manager } from "../../crds/names.ts";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { bearingToo, bears, type Marks, wasAppliedBy } from "../../kit/performing/marks.ts";

/** The labels that identify the objects of one coupling, or of one plug or socket. */
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

/** The marks of a plug's objects: its label, or integration-operator's apply mark if an object has no label of ours. */
export function marksOfPlug(plugUid: string): readonly Marks[] {
  return [
    [{ label: labels.plugUid, is: plugUid }],
    [{ label: labels.plugUid, is: null }, { label: labels.managedBy, isNot: manager }, { appliedBy: fieldManager }],
  ];
}

/**
 * The marks of the objects that the `created` stage of a socket made. integration-operator's apply mark counts if no
 * manager label is on the object.
 */
export function marksOfSocket(socketUid: string): readonly Marks[] {
  return [
    [
      { label: labels.managedBy, isNot: null },
      { label: labels.socketUid, is: socketUid },
      { label: labels.plugUid, is: null },
    ],
    [{ label: labels.managedBy, is: null }, { appliedBy: fieldManager }],
  ];
}

/**
 * The same marks, with integration-operator's mark limited to objects that only the owner may have made: in the owner's
 * namespace, or cluster-scoped.
 * Our labels count everywhere.
 */
export function atHome(marks: readonly Marks[], namespace: string): readonly Marks[] {
  return [...bearingToo(marks, ourLabel), ...bearingToo(marks, [{ namespaceIn: [null, namespace] }])];
}

/**
 * The same marks for one object. integration-operator's apply mark counts only for the object with that uid, which an
 * adoption found.
 */
export function provenMarks(marks: readonly Marks[], adoptedUid: string | undefined): readonly Marks[] {
  const isFormerOperators = (set: Marks): boolean => set.some((mark) => "appliedBy" in mark);
  const ofSeed = adoptedUid === undefined ? [] : bearingToo(marks.filter(isFormerOperators), [{ uid: adoptedUid }]);
  return [...marks.filter((set) => !isFormerOperators(set)), ...ofSeed];
}

/** The same marks, limited to our labels. */
export function labelled(marks: readonly Marks[]): readonly Marks[] {
  return bearingToo(marks, ourLabel);
}

const ourLabel: Marks = [{ label: labels.managedBy, is: manager }];

/** Whether the object has our labels, of any owner. */
export function isLabelled(metadata: ObjectMeta): boolean {
  return bears(metadata, [ourLabel]);
}

/** Whether Plugboard did not make the object: it existed before. */
export function isStrangers(metadata: ObjectMeta): boolean {
  return !isLabelled(metadata) && !bearsApplyMark(metadata);
}

/** Whether integration-operator or Plugboard applied it. */
export function bearsApplyMark(metadata: ObjectMeta): boolean {
  return wasAppliedBy(metadata, fieldManager);
}
