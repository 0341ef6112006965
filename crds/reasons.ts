/** The names of the failures that a status may tell of: of the classes in `kit/errors.ts`, and of our own. */
type FailureName =
  | "InvalidInput"
  | "TemplateError"
  | "TooLarge"
  | "Forbidden"
  | "KindNotServed"
  | "NotFound"
  | "Conflict"
  | "AlreadyExists"
  | "Expired"
  | "Unavailable"
  | "Throttled"
  | "Timeout"
  | "RenderTimeout"
  | "Refused"
  | "Rejected"
  | "InternalError";

/** The reason of a condition or an Event that Plugboard writes. */
export type Reason =
  | FailureName
  | "Adopted"
  | "ApparatusNotReady"
  | "ConfigResolved"
  | "Contested"
  | "Coupled"
  | "CouplingInProcess"
  | "CouplingSucceeded"
  | "CutShort"
  | "Decoupled"
  | "Decoupling"
  | "Error"
  | "FormerCouplingEnding"
  | "InterfaceMismatch"
  | "InvalidConfig"
  | "Malformed"
  | "MissingValue"
  | "NamespaceDenied"
  | "NotAdopted"
  | "NotText"
  | "NotServed"
  | "Overruled"
  | "Paused"
  | "Performed"
  | "PlugCreated"
  | "Ready"
  | "Repaired"
  | "Resolved"
  | "ResultPending"
  | "SensitiveName"
  | "ServerSetFields"
  | "SharedObjectDiffers"
  | "SnapshotLost"
  | "SocketCoupled"
  | "SocketCreated"
  | "SocketEmpty"
  | "SocketFull"
  | "SocketNotCreated"
  | "StillThere"
  | "Success"
  | "Synced"
  | "TooManyRevisions"
  | "Uninstalled"
  | "UnnamedKey"
  | "Updated"
  | "UpdatingInProcess"
  | "Waiting";

/** The party that must act next. */
export type Turn =
  | "nobody"
  | "Plugboard"
  | "the plug's owner"
  | "the socket's owner"
  | "the object's owner"
  | "the cluster's administrator";

/** The description of a reason. */
export interface ReasonEntry {
  /** One sentence, for `plugboard explain` and docs/reasons.md. */
  readonly means: string;
  readonly turn: Turn;
  /** The action of that party; empty if no action is needed. */
  readonly remedy: string;
}

const goesOn = "Nothing to do: Plugboard continues automatically.";
const triedAgain = "Nothing to do: Plugboard retries automatically.";
const ifItLasts = `${triedAgain} If this lasts, check what the message names.`;

/** Reasons of failures. */
const failures: { readonly [name in FailureName]: ReasonEntry } = {
  InvalidInput: {
    means: "A manifest, or a value in it, is invalid; or the API server rejects an object as invalid.",
    turn: "the object's owner",
    remedy: "Edit the field that the message names.",
  },
  TemplateError: {
    means: "A template cannot be parsed, its rendering failed, or the templates of a stage need too much work.",
    turn: "the object's owner",
    remedy: "Edit the template that the message names; `plugboard render` shows its output.",
  },
  TooLarge: {
    means: "A spec, or what was computed from it, is larger than allowed.",
    turn: "the object's owner",
    remedy: "Make what the message names smaller: a list of the spec, a config, or a rendered object.",
  },
  RenderTimeout: {
    means: "The templates are within their limits, but could not be rendered within 10 seconds and 256 MiB.",
    turn: "the cluster's administrator",
    remedy: "Give Plugboard more CPU or memory. Plugboard retries automatically.",
  },
  Forbidden: {
    means: "The API server forbids a request: a service account lacks a permission, or a quota is used up.",
    turn: "the object's owner",
    remedy: "Grant the permission or raise the quota that the message names. Plugboard retries automatically.",
  },
  KindNotServed: {
    means: "The API server does not serve this kind.",
    turn: "the cluster's administrator",
    remedy: "Install the CRD of the kind. Plugboard retries automatically.",
  },
  NotFound: {
    means: "A required object or namespace does not exist.",
    turn: "the object's owner",
    remedy: "Create it. Plugboard retries automatically.",
  },
  Conflict: {
    means: "Another client changed the object first.",
    turn: "Plugboard",
    remedy: triedAgain,
  },
  AlreadyExists: {
    means: "An object of this name already exists.",
    turn: "Plugboard",
    remedy: triedAgain,
  },
  Expired: {
    means: "The API server no longer keeps the requested version.",
    turn: "Plugboard",
    remedy: triedAgain,
  },
  Unavailable: {
    means: "The API server or an apparatus did not answer, or answered with an error of its own.",
    turn: "Plugboard",
    remedy: ifItLasts,
  },
  Throttled: {
    means: "The API server or an apparatus limits the rate of requests.",
    turn: "Plugboard",
    remedy: triedAgain,
  },
  Timeout: {
    means: "The API server or an apparatus did not answer in time.",
    turn: "Plugboard",
    remedy: ifItLasts,
  },
  Refused: {
    means: "An apparatus refused the request.",
    turn: "the object's owner",
    remedy: "Correct what the apparatus reports, then edit the plug or the socket.",
  },
  Rejected: {
    means:
      "The API server rejects an object that the coupling applies or removes: a rule of its kind, a webhook or a policy.",
    turn: "the object's owner",
    remedy:
      "Edit the field that the message names, or change the policy. Use `do: recreate` for fields that cannot be changed. Plugboard retries automatically, and at once when the object in the way changes.",
  },
  InternalError: {
    means: "Plugboard has a bug.",
    turn: "the cluster's administrator",
    remedy: "Report the error in the log of Plugboard. Plugboard retries automatically.",
  },
};

/** The meaning of each reason of a condition or an Event, and the action for it. */
export const reasons: { readonly [code in Reason]: ReasonEntry } = {
  ...failures,
  Adopted: {
    means: "Plugboard took over a coupling, but could not render some of its resources.",
    turn: "the object's owner",
    remedy: "Correct what the message names; the next update then manages these resources, too.",
  },
  ApparatusNotReady: {
    means: "The apparatus of the plug or the socket is starting, or did not answer yet.",
    turn: "Plugboard",
    remedy: goesOn,
  },
  ConfigResolved: {
    means: "The configs of both sides are available and valid.",
    turn: "nobody",
    remedy: "",
  },
  Contested: {
    means: "Another client repeatedly changes objects that the coupling applies or reads.",
    turn: "the object's owner",
    remedy: "Stop the client that the message names, or remove these fields from the template.",
  },
  Coupled: {
    means: "The plug was coupled to its socket.",
    turn: "nobody",
    remedy: "",
  },
  CouplingInProcess: {
    means: "Plugboard couples the plug to its socket.",
    turn: "Plugboard",
    remedy: goesOn,
  },
  CouplingSucceeded: {
    means: "The plug is coupled to its socket.",
    turn: "nobody",
    remedy: "",
  },
  CutShort: {
    means:
      "A Job or Pod of another coupling was deleted before it ended, because two couplings recreate it under one name.",
    turn: "the socket's owner",
    remedy: "Give the Job or Pod a name that differs for each plug, or raise `recreateWaitSeconds` (maximum 600).",
  },
  Decoupled: {
    means: "The coupling was undone.",
    turn: "nobody",
    remedy: "",
  },
  Decoupling: {
    means: "Plugboard undoes the coupling.",
    turn: "Plugboard",
    remedy: goesOn,
  },
  Error: {
    means: "A stage failed, or the rules of the socket are invalid; the message gives the cause.",
    turn: "the object's owner",
    remedy: "Follow the message.",
  },
  FormerCouplingEnding: {
    means: "A coupling of this name belongs to a former namespace, and ends first.",
    turn: "Plugboard",
    remedy: "Nothing to do, unless the namespace was restored: follow the message.",
  },
  InterfaceMismatch: {
    means: "The plug requires an interface or a version that its socket does not offer.",
    turn: "the plug's owner",
    remedy: "Use the interface and version that the socket offers, or another socket.",
  },
  InvalidConfig: {
    means: "A config or a result is missing, or does not match the interface of the socket.",
    turn: "the object's owner",
    remedy: "Provide what the message names. Plugboard continues automatically.",
  },
  Malformed: {
    means: "The plug does not match its CRD.",
    turn: "the plug's owner",
    remedy: "Edit the field that the message names.",
  },
  MissingValue: {
    means: "A template prints a value that does not exist.",
    turn: "the object's owner",
    remedy:
      'Give the value, name it in the socket\'s interface, or print a default: `{% .plugConfig.x | default "" %}`.',
  },
  NamespaceDenied: {
    means: "The rules of the socket do not admit the namespace of the plug.",
    turn: "the socket's owner",
    remedy: "Change `spec.validation` of the socket or the labels of the namespace, or use another socket.",
  },
  NotAdopted: {
    means: "Plugboard does not take over this coupling of integration-operator.",
    turn: "the cluster's administrator",
    remedy: "Follow the message.",
  },
  NotText: {
    means: "A value has bytes that are not text (UTF-8), where only text is possible.",
    turn: "the object's owner",
    remedy: "Encode the value with `b64enc`, or put it into a Secret.",
  },
  NotServed: {
    means: "Plugboard does not serve the namespace.",
    turn: "the cluster's administrator",
    remedy: "Use another namespace, or start Plugboard with the flag that the message names.",
  },
  Overruled: {
    means: "The API server keeps other values in an object than the coupling applies.",
    turn: "the object's owner",
    remedy: "Apply the values that the admission webhook sets, or list the fields in `ignore`.",
  },
  Paused: {
    means: "An annotation pauses the plug or the socket.",
    turn: "the object's owner",
    remedy: "Remove the annotation `integration.rock8s.com/paused`.",
  },
  Performed: {
    means: "No stage failed.",
    turn: "nobody",
    remedy: "",
  },
  PlugCreated: {
    means: "The plug exists and is not coupled.",
    turn: "Plugboard",
    remedy: goesOn,
  },
  Ready: {
    means: "A plug is coupled in its current generation; a socket accepts plugs.",
    turn: "nobody",
    remedy: "",
  },
  Repaired: {
    means: "Plugboard restored objects that another client changed or deleted.",
    turn: "nobody",
    remedy: "",
  },
  Resolved: {
    means: "The resource of the DeferredResource exists.",
    turn: "nobody",
    remedy: "",
  },
  ResultPending: {
    means: "The plug is coupled; its result is not available yet.",
    turn: "the object's owner",
    remedy: "Provide what the message names. Plugboard continues automatically.",
  },
  SensitiveName: {
    means: "The name of a rendered object contains a value from a Secret.",
    turn: "the object's owner",
    remedy: "Use another name if the value is confidential: names are visible to everybody.",
  },
  ServerSetFields: {
    means: "A template renders fields that only the API server sets, for example because it was copied from a cluster.",
    turn: "the object's owner",
    remedy: "Remove the fields from the template.",
  },
  SharedObjectDiffers: {
    means: "Two plugs render the same object with different contents.",
    turn: "the object's owner",
    remedy: "Render the same contents, or use two names.",
  },
  SnapshotLost: {
    means: "The Secret that records what a coupling performed was deleted before the coupling ended.",
    turn: "the object's owner",
    remedy:
      "Do by hand the work of the `decoupled` hooks and resources. Do not delete Secrets of Plugboard's namespace.",
  },
  SocketCoupled: {
    means: "Plugs are coupled to the socket.",
    turn: "nobody",
    remedy: "",
  },
  SocketCreated: {
    means: "The socket exists; no plug is coupled to it.",
    turn: "nobody",
    remedy: "",
  },
  SocketEmpty: {
    means: "No plug is coupled to the socket.",
    turn: "nobody",
    remedy: "",
  },
  SocketFull: {
    means: "The socket has no free place.",
    turn: "the socket's owner",
    remedy: "Raise `spec.limit`, or wait: the plug couples automatically when a place is free.",
  },
  SocketNotCreated: {
    means: "The socket does not exist, or does not accept plugs yet.",
    turn: "the socket's owner",
    remedy: "Create the socket. Plugboard continues automatically.",
  },
  StillThere: {
    means: "An object that was deleted (`do: delete`) still exists after 10 minutes.",
    turn: "the object's owner",
    remedy: "Find the controller that must remove the finalizer that the message names.",
  },
  Success: {
    means: "The resource of the DeferredResource was applied, or existed already.",
    turn: "nobody",
    remedy: "",
  },
  Synced: {
    means: "No stage failed.",
    turn: "nobody",
    remedy: "",
  },
  TooManyRevisions: {
    means: "The plug had too many revisions in a short time, so the next one waits.",
    turn: "the object's owner",
    remedy: "Find the client that changes the object that the message names. Plugboard continues automatically.",
  },
  Uninstalled: {
    means: "Plugboard was uninstalled.",
    turn: "the cluster's administrator",
    remedy: "Install it again.",
  },
  UnnamedKey: {
    means: "A template of the socket reads a key that the socket's interface does not name, so it never has a value.",
    turn: "the socket's owner",
    remedy: "Name the key in `spec.interface`, or remove it from the template.",
  },
  Updated: {
    means: "Plugboard updated the coupling to its newest revision.",
    turn: "nobody",
    remedy: "",
  },
  UpdatingInProcess: {
    means: "Plugboard updates the coupling to its newest revision.",
    turn: "Plugboard",
    remedy: goesOn,
  },
  Waiting: {
    means: "A stage waits for objects to exist or to be gone, or a DeferredResource for its timeout.",
    turn: "the object's owner",
    remedy: "Create or release what the message names. Plugboard continues automatically.",
  },
};

/** The reason that a condition gives for a failure: its name. */
export function reasonOf({ name }: { readonly name: string }): Reason {
  return isFailureName(name) ? name : "Error";
}

function isFailureName(name: string): name is FailureName {
  return Object.hasOwn(failures, name);
}
