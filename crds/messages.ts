import type { ConditionClaim } from "../kit/conditions.ts";
import type { ObjectKey } from "../kit/kube/port.ts";
import type { Notice } from "../kit/outlet/notices.ts";
import type { CouplingEnd } from "./coupling/coupling-end.ts";
import type { Serving } from "./namespace/served.ts";
import type { Reason } from "./reasons.ts";

/** A reason, and a message for people: one sentence or more. */
export interface Said {
  readonly reason: Reason;
  readonly message: string;
}

/** A reason and a message as a condition. */
export interface Claim extends ConditionClaim {
  readonly reason: Reason;
}

/** A reason and a message as an Event. */
export interface OurNotice extends Notice {
  readonly reason: Reason;
}

/** An object that messages name as `namespace/name`. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

function path({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

/** The text as a sentence, for another to follow. */
function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

// Waiting for admission.

/** `why`: the value of the annotation, unless it is "true". */
export function paused(side: "plug" | "socket", why?: string): Said {
  const reason = why === undefined ? "" : ` (${why})`;
  return {
    reason: "Paused",
    message: `The ${side} is paused${reason}. Remove the annotation integration.rock8s.com/paused to continue.`,
  };
}

export function socketMissing(socket: Named): Said {
  return {
    reason: "SocketNotCreated",
    message: `Socket ${path(socket)} does not exist. The plug couples automatically when it is created.`,
  };
}

export function socketEnding(socket: Named): Said {
  return {
    reason: "SocketNotCreated",
    message: `Socket ${path(socket)} is being deleted. The plug waits for a new socket of this name.`,
  };
}

/** `why`: the message of the socket's own condition. */
export function socketUncreated(socket: Named, why: string | undefined): Said {
  return {
    reason: "SocketNotCreated",
    message: sentence(`Socket ${path(socket)} is not ready yet${why === undefined ? "" : `: ${why}`}`),
  };
}

export function socketMalformed(socket: Named, problems: readonly string[]): Said {
  return {
    reason: "InvalidInput",
    message: `Socket ${path(socket)} does not match its CRD: ${problems.join("; ")}. The owner of the socket must correct it.`,
  };
}

export function interfaceDiffers(message: string): Said {
  return { reason: "InterfaceMismatch", message };
}

export function namespaceUnknown(namespace: string): Said {
  return {
    reason: "NamespaceDenied",
    message: `Plugboard cannot read namespace ${namespace}, which the rules of the socket need. Grant Plugboard the right to get it.`,
  };
}

export function namespaceRefused(message: string): Said {
  return { reason: "NamespaceDenied", message };
}

export function rulesBroken(socket: Named, problems: readonly string[]): Said {
  return {
    reason: "Error",
    message: `The rules of socket ${path(socket)} are invalid: ${problems.join("; ")}. The owner of the socket must correct them.`,
  };
}

/** `problem`: begins with the place in the socket's spec. */
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
    message: `The template socket ${first}${others} reads ${read}. spec.interface.${fields.join(" or ")} does not name it, so it never has a value. Name it in the interface, or remove it from the template.`,
  };
}

/** The coupling of a plug of this name in a former namespace ends first. */
export function formerCouplingEnding({ namespace }: { readonly namespace: string }): Said {
  return {
    reason: "FormerCouplingEnding",
    message:
      "A coupling of this name belongs to a former namespace. Plugboard ends it first, then couples the plug. " +
      `If namespace ${namespace}, or the namespace of the socket, was restored: set its annotation integration.rock8s.com/restored-from to the uid of the former namespace.`,
  };
}

export function noPlace(socket: Named, limit: number): Said {
  return {
    reason: "SocketFull",
    message: `Socket ${path(socket)} is full (limit ${limit}). The plug couples automatically when a place is free.`,
  };
}

/** A place is free; the socket grants it next. */
export function placeComes(socket: Named): Said {
  return {
    reason: "CouplingInProcess",
    message: `Waiting for a place at socket ${path(socket)}. The plug couples automatically.`,
  };
}

// Configs and results.

export function inputsMissing(missing: readonly string[]): Said {
  return {
    reason: "InvalidConfig",
    message: `Waiting for ${missing.join("; ")}. Continues automatically.`,
  };
}

export function apparatusSilent(missing: readonly string[]): Said {
  return { reason: "ApparatusNotReady", message: `${missing.join("; ")}. Continues automatically.` };
}

/** `changed`: what differs from the revision before, in words for people. */
export function tooManyRevisions(until: string, changed: readonly string[]): Said {
  const cause = changed.length === 0 ? "" : ` Changed most recently: ${changed.join(", ")}.`;
  return {
    reason: "TooManyRevisions",
    message: `The plug had too many revisions in a short time. Plugboard makes the next one at ${until}.${cause}`,
  };
}

/** `problems`: sentences. */
export function configInvalid(problems: readonly string[]): Said {
  return { reason: "InvalidConfig", message: problems.join(" ") };
}

export function resultInputsMissing(missing: readonly string[]): Said {
  return { reason: "ResultPending", message: `Waiting for ${missing.join("; ")}` };
}

/** `problems`: sentences. A result that only lacks values may still become complete. */
export function resultInvalid(problems: readonly string[], onlyMissing: boolean): Said {
  return { reason: onlyMissing ? "ResultPending" : "InvalidConfig", message: problems.join(" ") };
}

export function malformedOwner(side: string, problems: readonly string[]): Said {
  return {
    reason: "InvalidInput",
    message: `The ${side} does not match its CRD: ${problems.join("; ")}. Correct these fields to continue; an existing coupling stays.`,
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
  return { reason: "InvalidInput", message: `${problems.join("; ")}. The owner of the socket must correct it.` };
}

// A coupling, from its start to its end.

export function couplingTo(socket: Named): string {
  return `Coupling to socket ${path(socket)}`;
}

export function updatingTo(revision: number): string {
  return `Updating to revision ${revision}`;
}

export function updatedTo(revision: number): string {
  return `Updated to revision ${revision}`;
}

export function coupledTo(socket: Named): string {
  return `Coupled to socket ${path(socket)}`;
}

export const goingOn = "Continuing after the pause";

export const foundAgain = "The coupling was adopted again after its status was lost";

export const nothingFailed = "No stage failed";

/** `what`: what a stage waits for. `doing`: what continues then. */
export function waitsFor(what: string, doing: string): string {
  return `${what}; then ${doing} continues automatically`;
}

type KeyInMessage = Pick<ObjectKey, "kind" | "namespace" | "name">;

function objectIn({ kind, namespace, name }: KeyInMessage): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** `held`: what keeps it, if anything. */
export function toBeGone(key: KeyInMessage, held: string | undefined): string {
  return `Waiting for ${objectIn(key)} to be gone${held === undefined ? "" : ` (held by its ${held})`}`;
}

/** Said before a Job or Pod of another coupling or socket is recreated. */
export function toEnd(key: KeyInMessage, maker: "coupling" | "socket" = "coupling"): string {
  return `Waiting for ${objectIn(key)} of another ${maker} to end`;
}

export function cutShort(key: KeyInMessage, maker: "coupling" | "socket"): Said {
  return {
    reason: "CutShort",
    message: `${objectIn(key)} of another ${maker} did not end within recreateWaitSeconds. Plugboard replaces it. Use a name that differs for each ${maker}.`,
  };
}

/** `why`: what keeps it. */
export function lingers(key: KeyInMessage, why: string): Said {
  return {
    reason: "StillThere",
    message: `${objectIn(key)} was deleted but still exists: ${why}. Plugboard does not wait any longer and continues.`,
  };
}

export const snapshotLost: Said = {
  reason: "SnapshotLost",
  message:
    "The snapshot of the performed revision was deleted. Plugboard deletes the objects that the status lists. The `decoupled` hooks and resources of this coupling are not performed.",
};

const endings: { readonly [end in CouplingEnd]: string } = {
  PlugDeleted: "the plug is being deleted",
  Repointed: "the plug names another socket",
  SocketDeleted: "the socket is being deleted",
  SocketGone: "the socket does not exist any more",
  NamespaceDenied: "the rules of the socket refuse the namespace of the plug",
};

export function decouplingFrom(socket: Named, end: CouplingEnd): string {
  return `Decoupling from socket ${path(socket)}: ${endings[end]}`;
}

export function decoupledFrom(socket: Named, end: CouplingEnd, left: readonly string[] = []): string {
  const undone = left.length === 0 ? "" : `; not performed: ${left.join("; ")}`;
  return `Decoupled from socket ${path(socket)}: ${endings[end]}${undone}`;
}

/** The message of a failure, followed by the next step: on a new line if the message quotes a template. */
export function failure(message: string, { retryable }: { readonly retryable: boolean }): string {
  const next = retryable ? "Retries automatically." : "Edit the object to continue.";
  return message.includes("\n") ? `${message}\n${next}` : `${sentence(message)} ${next}`;
}

export function repaired(objects: readonly string[]): string {
  return `Restored as last applied: ${objects.join(", ")}`;
}

export function overruled(key: KeyInMessage): Said {
  return {
    reason: "Overruled",
    message: `The API server keeps other values in ${objectIn(key)} than this coupling applies: an admission webhook or a default of the kind sets them. Plugboard leaves them.`,
  };
}

export function contested(disputes: readonly string[]): string {
  return `Another client repeatedly changes objects that this coupling applies: ${disputes.join(", ")}. Stop that client, or list the fields in \`ignore\`.`;
}

export function restless(by: string, count: number, since: string): string {
  return `${by} changes repeatedly: the coupling was updated ${count} times since ${since} without an edit of the plug or the socket. Find the client that changes it.`;
}

/** A rendered name that contains a value from a Secret. */
export function sensitiveName({ place, kind }: { readonly place: string; readonly kind: string }): Said {
  return {
    reason: "SensitiveName",
    message: `${place}: metadata.name of the ${kind} contains a value from a Secret. Names are visible in objects, Events and logs.`,
  };
}

export function sharedDiffers(object: string, rival: string): Said {
  return {
    reason: "SharedObjectDiffers",
    message: `${rival} renders ${object} differently. ${object} has the contents that were applied last.`,
  };
}

// Couplings of integration-operator.

export const leftAloneUnlessAsked: Said = {
  reason: "NotAdopted",
  message:
    "Coupled by integration-operator. Plugboard was started with --adopt=false and does not manage this coupling. Start it without this option to take it over.",
};

export function notTakenOver(why: string): Said {
  return {
    reason: "NotAdopted",
    message: `Not taken over: ${why}. Plugboard treats the plug as a new one, and leaves objects of a former coupling alone.`,
  };
}

export function notListed(socket: Named, why: string): string {
  return `its status says that it is coupled to socket ${path(socket)}, but that socket's status does not list it, and ${why}`;
}

export function adoptedInPart(troubles: readonly string[]): Said {
  return {
    reason: "Adopted",
    message: `Adopted, except resources that could not be rendered: ${troubles.join("; ")}`,
  };
}

/** `unnamed`: values that the other side gives, but the interface drops. */
export function missingValue(place: string, expressions: readonly string[], unnamed: readonly string[]): Said {
  const [have, them] = expressions.length === 1 ? ["has", "it"] : ["have", "them"];
  const more = expressions.length > 5 ? ` and ${expressions.length - 5} more` : "";
  const hint =
    unnamed.length === 0
      ? ""
      : ` The socket's interface does not name ${unnamed.join(", ")}, so the value given for it is dropped. Add it to spec.interface of the socket.`;
  return {
    reason: "MissingValue",
    message: `${place}: ${expressions.slice(0, 5).join(", ")}${more} ${have} no value; the template continues without ${them} (missingValues: error refuses this).${hint}`,
  };
}

export function untoldValue(side: string, name: string, from: string | undefined): Said {
  const origin = from === undefined ? "" : ` (from ${from})`;
  return {
    reason: "NotText",
    message: `The apparatus of the ${side} does not get ${name}${origin}: its bytes are not text (UTF-8), which JSON requires. To pass it on, encode it with b64enc in configTemplate.`,
  };
}

export function serverSetFields(
  place: string,
  { kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } },
  fields: readonly string[],
): Said {
  return {
    reason: "ServerSetFields",
    message: `${place}: ${kind} ${metadata.name} contains ${fields.join(", ")}. Only the API server sets these fields, so Plugboard leaves them out. Remove them from the template.`,
  };
}

// A plug or a socket alone.

export function ownerCreated(side: "plug" | "socket"): Said {
  return { reason: side === "plug" ? "PlugCreated" : "SocketCreated", message: `The ${side} was created` };
}

/** `others`: the number of plugs that name the socket and are not coupled yet, and why the first is not. */
export function plugsCoupled(
  count: number,
  others: { readonly count: number; readonly first: string | undefined } = { count: 0, first: undefined },
): Said {
  const coupled = count === 1 ? "1 plug coupled" : `${count} plugs coupled`;
  const first = others.first === undefined ? "" : ` (${others.first})`;
  return {
    reason: count > 0 ? "SocketCoupled" : "SocketEmpty",
    message: others.count === 0 ? coupled : `${coupled}, ${others.count} waiting${first}`,
  };
}

export const takesPlugs: Said = { reason: "Ready", message: "The socket accepts plugs" };

export const uninstalled: Said = { reason: "Uninstalled", message: "Plugboard was uninstalled" };

/** `remedy` depends on how Plugboard was started. */
export function namespaceNotServed(namespace: string, remedy: string): Said {
  return { reason: "NotServed", message: `Plugboard does not serve namespace ${namespace}. ${remedy}` };
}

// A DeferredResource.

export function deferredWaits(objects: readonly string[], opensAt: string | undefined): Said {
  const until = opensAt === undefined ? [] : [`${opensAt}, its timeout after creation`];
  return {
    reason: "Waiting",
    message: `Waiting for ${[...objects, ...until].join(", and for ")}. Continues automatically.`,
  };
}

/** `made`: whether Plugboard applied the object; else it existed before. */
export function deferredResolved({ kind, name }: { kind: string; name: string }, made: boolean): Said {
  const what = `${kind} ${name}`;
  return {
    reason: "Success",
    message: made ? `${what} was applied` : `${what} already exists and is not changed`,
  };
}

/** The message for objects in a namespace that is not served. */
export function sayNotServed(namespace: string, { namespaces, serveNamespaces }: Serving): Said {
  const leftOut = namespaces !== undefined && !namespaces.includes(namespace);
  const remedy =
    leftOut || serveNamespaces?.includes(namespace)
      ? `Start Plugboard with --namespace ${namespace}, too.`
      : `Use another namespace, or start Plugboard with --serve-namespace ${namespace}.`;
  return namespaceNotServed(namespace, remedy);
}
