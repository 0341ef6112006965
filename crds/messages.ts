import type { ConditionClaim } from "../kit/conditions.ts";
import type { ObjectKey } from "../kit/kube/port.ts";
import type { Notice } from "../kit/outlet/notices.ts";
import type { CouplingEnd } from "./coupling/coupling-end.ts";
import type { Reason } from "./reasons.ts";

/** What is said of an object: a reason, and a sentence for people. */
export interface Said {
  readonly reason: Reason;
  readonly message: string;
}

/** The same as a condition says it. */
export interface Claim extends ConditionClaim {
  readonly reason: Reason;
}

/** The same as an Event says it. */
export interface OurNotice extends Notice {
  readonly reason: Reason;
}

/** An object by its name, as people read it: `namespace/name`. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

function path({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

// Waiting to be admitted.

/** `why`: what its annotation says, where that is more than that it is paused. */
export function paused(side: "plug" | "socket", why?: string): Said {
  const reason = why === undefined ? "" : ` (${why})`;
  return {
    reason: "Paused",
    message: `the ${side} is paused${reason}: remove its annotation integration.rock8s.com/paused to go on`,
  };
}

export function socketMissing(socket: Named): Said {
  return {
    reason: "SocketNotCreated",
    message: `waiting for socket ${path(socket)}, which does not exist; it goes on by itself once somebody creates it`,
  };
}

export function socketEnding(socket: Named): Said {
  return {
    reason: "SocketNotCreated",
    message: `socket ${path(socket)} is being deleted; waiting for another of that name`,
  };
}

/** `why`: what the socket says of itself. */
export function socketUncreated(socket: Named, why: string | undefined): Said {
  const reason = why === undefined ? "" : `: ${why}`;
  return {
    reason: "SocketNotCreated",
    message: `Socket ${path(socket)} is not ready yet, its created stage is not done${reason}`,
  };
}

export function socketMalformed(socket: Named, problems: readonly string[]): Said {
  return {
    reason: "InvalidInput",
    message: `socket ${path(socket)} is not as the CRD of today has it: ${problems.join("; ")}; its owner must mend it`,
  };
}

export function interfaceDiffers(message: string): Said {
  return { reason: "InterfaceMismatch", message };
}

export function namespaceUnknown(namespace: string): Said {
  return {
    reason: "NamespaceDenied",
    message: `namespace ${namespace} could not be looked at, so the socket's rules cannot be judged; Plugboard needs the right to get it`,
  };
}

export function namespaceRefused(message: string): Said {
  return { reason: "NamespaceDenied", message };
}

export function rulesBroken(socket: Named, problems: readonly string[]): Said {
  return {
    reason: "Error",
    message: `the rules of socket ${path(socket)} are broken: ${problems.join("; ")}; its owner must mend them`,
  };
}

/** `problem` begins with the place in the socket's spec. */
export function templatesBroken(socket: Named, problem: string): Said {
  return {
    reason: "TemplateError",
    message: `Socket ${path(socket)} takes no new plugs until its templates are corrected: socket ${problem}`,
  };
}

/** `fields`: sections of the interface that could name it; `places`: templates that read it. */
export function unnamedKey(read: string, fields: readonly string[], places: readonly string[]): Said {
  const [first = "", ...more] = places;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return {
    reason: "UnnamedKey",
    message: `socket ${first}${others} reads ${read}, which spec.interface.${fields.join(" or ")} does not name: it is never there. Name it in the interface, or remove it from the template.`,
  };
}

/** The coupling of another tenant's plug of that name ends first. */
export function formerCouplingEnding({ namespace }: { readonly namespace: string }): Said {
  return {
    reason: "FormerCouplingEnding",
    message:
      "A coupling under this name belongs to a former namespace; Plugboard ends it first, then couples the plug. " +
      `If namespace ${namespace}, or the socket's, was restored: set its annotation integration.rock8s.com/restored-from to the uid of the former namespace.`,
  };
}

export function noPlace(socket: Named, limit: number): Said {
  return {
    reason: "SocketFull",
    message: `Socket ${path(socket)} is full (limit ${limit}). The plug couples automatically when a place is free.`,
  };
}

/** Free places are granted in a moment. */
export function placeComes(socket: Named): Said {
  return {
    reason: "CouplingInProcess",
    message: `Waiting for a place of socket ${path(socket)}. The plug couples automatically.`,
  };
}

// Configs and results.

export function inputsMissing(missing: readonly string[]): Said {
  return {
    reason: "InvalidConfig",
    message: `waiting for ${missing.join("; ")}; it goes on by itself once that is there`,
  };
}

export function apparatusSilent(missing: readonly string[]): Said {
  return { reason: "ApparatusNotReady", message: `${missing.join("; ")}; it goes on by itself` };
}

/** `changed`: what differs from the revision before, as people read it. */
export function tooManyRevisions(until: string, changed: readonly string[]): Said {
  const cause = changed.length === 0 ? "" : ` Changed most recently: ${changed.join(", ")}.`;
  return {
    reason: "TooManyRevisions",
    message: `the plug had too many revisions in a short time; the next one waits until ${until} and is then made automatically.${cause}`,
  };
}

export function configInvalid(problems: readonly string[]): Said {
  return { reason: "InvalidConfig", message: problems.join("; ") };
}

export function resultInputsMissing(missing: readonly string[]): Said {
  return { reason: "ResultPending", message: `waiting for ${missing.join("; ")}` };
}

/** A result of which values are merely missing may still come. */
export function resultInvalid(problems: readonly string[], onlyMissing: boolean): Said {
  return { reason: onlyMissing ? "ResultPending" : "InvalidConfig", message: problems.join("; ") };
}

export function malformedOwner(side: string, problems: readonly string[]): Said {
  return {
    reason: "InvalidInput",
    message: `the ${side} is not as the CRD of today has it: ${problems.join("; ")}; what is coupled stays as it is, and whoever owns the ${side} must mend it`,
  };
}

/** `whose`: the plug, or the socket by its name. Each problem is a path, a size and the limit. */
export function specTooLarge(whose: string, problems: readonly string[]): Said {
  return {
    reason: "TooLarge",
    message: `${whose} is larger than allowed: ${problems.join("; ")}. Shorten it to continue; an existing coupling stays.`,
  };
}

export function interfaceBroken(problems: readonly string[]): Said {
  return { reason: "InvalidInput", message: `${problems.join("; ")}; the socket's owner must mend it` };
}

// A coupling, from its beginning to its end.

export function couplingTo(socket: Named): string {
  return `coupling to socket ${path(socket)}`;
}

export function updatingTo(revision: number): string {
  return `updating to revision ${revision}`;
}

export function updatedTo(revision: number): string {
  return `updated to revision ${revision}`;
}

export function coupledTo(socket: Named): string {
  return `coupled to socket ${path(socket)}`;
}

export const goingOn = "going on where it was paused";

export const foundAgain = "the coupling was found again after its status was lost";

export const nothingFailed = "nothing failed";

/** What a stage waits for before it goes on. */
export function waitsFor(what: string, doing: string): string {
  return `${what}, then ${doing} goes on by itself`;
}

type KeyInMessage = Pick<ObjectKey, "kind" | "namespace" | "name">;

function objectIn({ kind, namespace, name }: KeyInMessage): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** `held`: what holds it, if anything. */
export function toBeGone(key: KeyInMessage, held: string | undefined): string {
  return `waiting for ${objectIn(key)} to be gone${held === undefined ? "" : ` (held by its ${held})`}`;
}

/** Before a Job or Pod of another is recreated. */
export function toEnd(key: KeyInMessage, maker: "coupling" | "socket" = "coupling"): string {
  return `waiting for ${objectIn(key)} of another ${maker} to end`;
}

export function cutShort(key: KeyInMessage, maker: "coupling" | "socket"): Said {
  return {
    reason: "CutShort",
    message: `${objectIn(key)} of another ${maker} has not ended in the time that Plugboard waits for it. Plugboard deletes it and makes it anew. Give each ${maker} a name of its own.`,
  };
}

/** `why`: what holds it. */
export function lingers(key: KeyInMessage, why: string): Said {
  return {
    reason: "StillThere",
    message: `${objectIn(key)} was deleted and is still there: ${why}. Plugboard has waited long enough and goes on.`,
  };
}

export const snapshotLost: Said = {
  reason: "SnapshotLost",
  message:
    "The snapshot of the performed revision was deleted. Plugboard removes what the status lists; the `decoupled` hooks and resources of this coupling are not performed.",
};

const endings: { readonly [end in CouplingEnd]: string } = {
  PlugDeleted: "the plug is being deleted",
  Repointed: "the plug points at another socket",
  SocketDeleted: "the socket is being deleted",
  SocketGone: "the socket is gone",
  NamespaceDenied: "the socket's rules refuse the plug's namespace",
};

export function decouplingFrom(socket: Named, end: CouplingEnd): string {
  return `decoupling from socket ${path(socket)}: ${endings[end]}`;
}

export function decoupledFrom(socket: Named, end: CouplingEnd, left: readonly string[] = []): string {
  const undone = left.length === 0 ? "" : `; left undone: ${left.join("; ")}`;
  return `decoupled from socket ${path(socket)}: ${endings[end]}${undone}`;
}

/** A failure's message with what becomes of it: on a line of its own under an excerpt. */
export function failure(message: string, { retryable }: { readonly retryable: boolean }): string {
  const again = retryable ? "it is tried again by itself" : "it is tried again after an edit";
  return message.includes("\n") ? `${message}\n${again}` : `${message}; ${again}`;
}

export function repaired(objects: readonly string[]): string {
  return `put back as it was applied: ${objects.join(", ")}`;
}

export function overruled(key: KeyInMessage): Said {
  return {
    reason: "Overruled",
    message: `The API server keeps other values in ${objectIn(key)} than this coupling applies: an admission webhook or a default of the kind sets them. Plugboard leaves them.`,
  };
}

export function contested(disputes: readonly string[]): string {
  return `somebody keeps changing what this coupling applies: ${disputes.join(", ")}; stop that, or stop applying those fields`;
}

export function restless(by: string, count: number, since: string): string {
  return `${by} keeps changing what this coupling comes to: updated ${count} times since ${since} without an edit of plug or socket; find out who changes it`;
}

/** A name that an author publishes although it is made of a value from a Secret. */
export function sensitiveName({ place, kind }: { readonly place: string; readonly kind: string }): Said {
  return {
    reason: "SensitiveName",
    message: `${place}: metadata.name of the ${kind} is made of a value from a Secret; everybody who may see objects, Events or logs sees it`,
  };
}

export function sharedDiffers(object: string, rival: string): Said {
  return {
    reason: "SharedObjectDiffers",
    message: `${object} is rendered differently by ${rival}; it is as the last one applied it`,
  };
}

// Couplings of the operator before.

export const leftAloneUnlessAsked: Said = {
  reason: "NotAdopted",
  message:
    "coupled by the operator that was here before, and left alone: Plugboard was started with --adopt=false; start it without to have this coupling looked after",
};

export function notTakenOver(why: string): Said {
  return {
    reason: "NotAdopted",
    message: `not taken over: ${why}; it is served as a plug that was never coupled, and objects that it may have made are left alone`,
  };
}

export function notListed(socket: Named, why: string): string {
  return `its status says that it is coupled to socket ${path(socket)}, but that socket's status does not list it, and ${why}`;
}

export function adoptedInPart(troubles: readonly string[]): Said {
  return {
    reason: "Adopted",
    message: `adopted, but what could not be rendered is not looked after: ${troubles.join("; ")}`,
  };
}

/** `unnamed`: what of it the other side gives, and the interface drops. */
export function missingValue(place: string, expressions: readonly string[], unnamed: readonly string[]): Said {
  const [are, them] = expressions.length === 1 ? ["is", "it"] : ["are", "them"];
  const more = expressions.length > 5 ? ` and ${expressions.length - 5} more` : "";
  const hint =
    unnamed.length === 0
      ? ""
      : ` The socket's interface does not name ${unnamed.join(", ")}, so that the value given for it is dropped: add it to spec.interface of the socket.`;
  return {
    reason: "MissingValue",
    message: `${place}: ${expressions.slice(0, 5).join(", ")}${more} ${are} not there; the template goes on without ${them} (missingValues: error refuses this).${hint}`,
  };
}

export function untoldValue(side: string, name: string, from: string | undefined): Said {
  const origin = from === undefined ? "" : ` (from ${from})`;
  return {
    reason: "NotText",
    message: `The apparatus of the ${side} is not told ${name}${origin}: its bytes are no text (UTF-8), which JSON cannot carry. To pass it on, encode it with b64enc in configTemplate.`,
  };
}

export function serverSetFields(
  place: string,
  { kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } },
  fields: readonly string[],
): Said {
  return {
    reason: "ServerSetFields",
    message: `${place}: the ${kind} ${metadata.name} is rendered with ${fields.join(", ")}. Only the API server sets these fields: Plugboard leaves them out. Remove them from the template.`,
  };
}

// A plug or a socket by itself.

export function ownerCreated(side: "plug" | "socket"): Said {
  return { reason: side === "plug" ? "PlugCreated" : "SocketCreated", message: `the ${side} was created` };
}

/** `others`: how many plugs point at the socket and are not coupled yet, and why the first is not. */
export function plugsCoupled(
  count: number,
  others: { readonly count: number; readonly first: string | undefined } = { count: 0, first: undefined },
): Said {
  const coupled = count === 1 ? "1 plug coupled" : `${count} plugs coupled`;
  const first = others.first === undefined ? "" : ` (${others.first})`;
  return {
    reason: count > 0 ? "SocketCoupled" : "SocketEmpty",
    message: others.count === 0 ? coupled : `${coupled}, ${others.count} on their way${first}`,
  };
}

export const takesPlugs: Said = { reason: "Ready", message: "takes plugs" };

export const uninstalled: Said = { reason: "Uninstalled", message: "Plugboard was uninstalled" };

/** `remedy` depends on how Plugboard was started. */
export function namespaceNotServed(namespace: string, remedy: string): Said {
  return { reason: "NotServed", message: `Plugboard does not serve namespace ${namespace}; ${remedy}` };
}

// A DeferredResource.

export function deferredWaits(objects: readonly string[], opensAt: string | undefined): Said {
  const until = opensAt === undefined ? [] : [`${opensAt}, its timeout after creation`];
  return {
    reason: "Waiting",
    message: `waiting for ${[...objects, ...until].join(", and for ")}; it goes on by itself`,
  };
}

/** `made`: it was applied here; else it was there before. */
export function deferredResolved({ kind, name }: { kind: string; name: string }, made: boolean): Said {
  const what = `${kind} ${name}`;
  return {
    reason: "Success",
    message: made ? `${what} was applied` : `${what} exists already and is left as it is`,
  };
}
