/** The API group of Plug, Socket and DeferredResource, and the words Plugboard writes into other people's objects. */
export const group = "integration.rock8s.com";
export const apiVersion = "integration.rock8s.com/v1beta1";

/** integration-operator's finalizer, which is ours too, so that its objects need no edit. */
export const finalizer = "integration.rock8s.com/finalizer";

/** The field manager of every apply: integration-operator's, so that we own what it owned. */
export const fieldManager = "integration-operator";

export const labels = {
  managedBy: "app.kubernetes.io/managed-by",
  plugUid: "integration.rock8s.com/plug-uid",
  socketUid: "integration.rock8s.com/socket-uid",
  side: "integration.rock8s.com/side",
  /** Of what a DeferredResource made: the uid of the DeferredResource. */
  deferredUid: "integration.rock8s.com/deferredresource-uid",
} as const;

/** The value of the managed-by label on everything Plugboard applies. */
export const manager = "plugboard";

export const annotations = {
  /** Stops every stage but those that undo, on a plug or a socket. */
  paused: "integration.rock8s.com/paused",
  /** Lets a decouple that is due finish although it cannot succeed. */
  forceRemove: "integration.rock8s.com/force-remove",
  /** The revision for which an object was recreated. */
  revision: "integration.rock8s.com/revision",
  /** On an object that is to outlive its coupling: whoever clears up afterwards leaves it. */
  outlives: "integration.rock8s.com/outlives-coupling",
  /** On an object that was there before us: whoever leaves it last gives it back. */
  foreign: "integration.rock8s.com/not-ours",
  /** On a Namespace: the uid of the Namespace that it was restored from, whose couplings are then adopted. */
  restoredFrom: "integration.rock8s.com/restored-from",
  /** On the Lease: the leader that released it. */
  releasedBy: "integration.rock8s.com/released-by",
  /** On a plug or socket: the trace (W3C `traceparent`) of whoever asked for it, under which its stages run. */
  traceparent: "integration.rock8s.com/traceparent",
} as const;
