/** The API group of Plug, Socket and DeferredResource, and the labels and annotations that Plugboard writes. */
export const group = "integration.rock8s.com";
export const apiVersion = "integration.rock8s.com/v1beta1";

/** The finalizer of integration-operator. Plugboard uses the same one, so that existing objects need no edit. */
export const finalizer = "integration.rock8s.com/finalizer";

/** The field manager of every apply. The same as integration-operator's, so that Plugboard owns its fields. */
export const fieldManager = "integration-operator";

export const labels = {
  managedBy: "app.kubernetes.io/managed-by",
  plugUid: "integration.rock8s.com/plug-uid",
  socketUid: "integration.rock8s.com/socket-uid",
  side: "integration.rock8s.com/side",
  /** On an object that a DeferredResource applied: the uid of the DeferredResource. */
  deferredUid: "integration.rock8s.com/deferredresource-uid",
} as const;

/** The value of the managed-by label on everything Plugboard applies. */
export const manager = "plugboard";

export const annotations = {
  /** Stops all stages of a plug or socket except those that undo. */
  paused: "integration.rock8s.com/paused",
  /** Lets a due decouple finish although it cannot succeed. */
  forceRemove: "integration.rock8s.com/force-remove",
  /** The revision for which an object was recreated. */
  revision: "integration.rock8s.com/revision",
  /** On an object that stays after its coupling: later cleanups leave it. */
  outlives: "integration.rock8s.com/outlives-coupling",
  /** On an object that existed before Plugboard: the last coupling that leaves it gives it back. */
  foreign: "integration.rock8s.com/not-ours",
  /** On a Namespace: the uid of the Namespace from which it was restored. The couplings of that one are adopted. */
  restoredFrom: "integration.rock8s.com/restored-from",
  /** On the Lease: the leader that released it. */
  releasedBy: "integration.rock8s.com/released-by",
  /** On a plug or socket: the trace (W3C `traceparent`) of its creator. Its stages run under this trace. */
  traceparent: "integration.rock8s.com/traceparent",
} as const;
