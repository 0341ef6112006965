import { serviceAccountOf } from "../../../crds/coupling/defaults.ts";
import { refsOf } from "../../../crds/coupling/references.ts";
import { isMalformed, isPaused } from "../../../crds/coupling/standing.ts";
import { annotations } from "../../../crds/names.ts";
import type { Plug, PlugRef } from "../../../crds/plug/plug.generated.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import { versionNow } from "../../../kit/loop/references.ts";
import { absent } from "../../../kit/loop/versions.ts";
import { ago, causeOf, conditionOf, type Explanation, entryOf, orNothing, partyOf } from "./explanation.ts";
import { type Job, jobState, sightIn } from "./facts.ts";
import { type Found, nameOf } from "./reader.ts";

/** A plug and what is around it, as far as the caller may read it. */
export interface View {
  readonly plug: Plug;
  /** As `namespace/name`. */
  readonly socketName: string;
  readonly socket: Socket | undefined;
  readonly found: ReadonlyMap<string, Found>;
  readonly jobs: readonly Job[];
  readonly now: number;
}

/** Whether the plug is ready in its current generation. */
export function isReady({ metadata, status }: Plug): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return status?.observedGeneration === metadata.generation && conditionOf(status ?? {}, "Ready")?.status === "True";
}

/** The first line: what the plug is. */
export function whatItIs({ plug: { metadata, spec, status }, socketName }: View): string {
  const { name, version } = spec.interface ?? {};
  const wanted = [name, version].filter((part) => part !== undefined).join(" ");
  const coupled = status?.coupledSocket;
  const from = `${coupled?.namespace ?? metadata.namespace}/${coupled?.name}`;
  const former = coupled?.uid !== undefined && from !== socketName ? `, and is still coupled to socket ${from}` : "";
  const demand = wanted === "" ? "" : ` (it requires interface ${wanted})`;
  return `Plug ${metadata.namespace}/${metadata.name} asks socket ${socketName} for an integration${demand}${former}.`;
}

/** What the plug is, in words before its cause. */
function standing({ metadata, status }: Plug): string {
  if (metadata.deletionTimestamp !== undefined) return "It is being deleted";
  if (status?.performed === undefined) return "It is not coupled";
  return conditionOf(status, "Coupled")?.status === "True"
    ? "It is coupled, but not ready"
    : "It is not completely coupled";
}

/** The second line: its state, and the cause. */
export function stateOf(view: View): string {
  const { plug, socketName, now } = view;
  const { metadata, status = {} } = plug;
  const summary = conditionOf(status, "Ready");
  if (summary === undefined)
    return `Plugboard has not looked at it yet (created ${ago(metadata.creationTimestamp, now) ?? "an unknown time"} ago).`;
  if (isReady(plug))
    return `It is ready: coupled to socket ${socketName}, at revision ${status.performed?.revision ?? 0}.`;
  const unseen = status.observedGeneration !== metadata.generation;
  if (unseen && metadata.deletionTimestamp !== undefined)
    return "It is being deleted, and Plugboard has not looked at this yet.";
  const edit = unseen
    ? ` This is about generation ${status.observedGeneration}; Plugboard has not looked at the newest edit (generation ${metadata.generation}) yet.`
    : "";
  const since = ago(summary.lastTransitionTime, now);
  const when = since === undefined || summary.status === "True" ? "" : `, for ${since}`;
  const failed = failedJobs(view).map((job) => ` ${jobState(job)}.`);
  return `${standing(plug)} (${summary.reason}${when}): ${causeOf(status, summary)}${failed.join("")}${edit}`;
}

interface Side {
  readonly side: "plug" | "socket" | undefined;
}

/** The third line: the party that must act, and its action. `socketLook`: the result of reading the socket. */
export function turnOf(view: View, socketLook: Found["kind"]): Explanation["turn"] {
  const { plug, socketName } = view;
  const { metadata, status = {} } = plug;
  const summary = conditionOf(status, "Ready");
  const runs = `If this lasts, check that Plugboard runs and serves namespace ${metadata.namespace}.`;
  if (summary === undefined) return { whose: "Plugboard's", remedy: runs };
  const { turn = "the object's owner", remedy = "Follow the message." } = entryOf(summary.reason) ?? {};
  if (status.observedGeneration !== metadata.generation) return { whose: "Plugboard's", remedy: runs };
  const own = `the owner of plug ${metadata.namespace}/${metadata.name}`;
  const other = `the owner of socket ${socketName}`;
  const [held] = heldObjects(view);
  if (turn === "Plugboard" && held !== undefined) return releaseOf(held);
  const { side } = sideOf(view);
  const object =
    side === undefined ? `${own} or of socket ${socketName}, as the message says` : side === "plug" ? own : other;
  const whose = partyOf(turn, { plug: own, socket: other, object });
  return { whose, remedy: remedyOf(view, socketLook) ?? orNothing(remedy) };
}

/** The awaited objects that are being deleted and that finalizers hold. */
function heldObjects({ plug, found }: View): readonly PlugRef[] {
  return refsOf(plug, "awaited").filter((ref) => {
    const sight = sightIn(found, ref);
    const { deletionTimestamp, finalizers = [] } = (sight.known ? sight.metadata : undefined) ?? {};
    return deletionTimestamp !== undefined && finalizers.length > 0;
  });
}

/** Finalizers can contain rendered values, so they are not named. */
function releaseOf(ref: PlugRef): Explanation["turn"] {
  const { kind, namespace, name } = ref;
  const where = namespace === undefined ? "" : ` -n ${namespace}`;
  return {
    whose: `the controller that holds ${nameOf(ref)} by a finalizer`,
    remedy: `Find it: kubectl get ${kind.toLowerCase()} ${name}${where} -o jsonpath={.metadata.finalizers}. Plugboard continues automatically when the object is gone.`,
  };
}

/** The action where the objects tell more than the catalogue; undefined otherwise. */
function remedyOf(view: View, socketLook: Found["kind"]): string | undefined {
  const { plug, socket, socketName } = view;
  const { metadata } = plug;
  const reason = conditionOf(plug.status ?? {}, "Ready")?.reason;
  const goesOn = "Plugboard continues automatically.";
  const missing = missingInputs(view);
  const [failed] = failedJobs(view);
  switch (reason) {
    case "Paused": {
      const { side = "plug" } = sideOf(view);
      const [namespace, name] = (side === "plug" ? `${metadata.namespace}/${metadata.name}` : socketName).split("/");
      return `Remove the annotation ${annotations.paused} from ${side} ${namespace}/${name} to continue: kubectl annotate ${side} ${name} -n ${namespace} ${annotations.paused}-`;
    }
    case "SocketNotCreated":
      if (socketLook === "absent")
        return `Create socket ${socketName}, or name another one in spec.socket of the plug. ${goesOn}`;
      if (socketLook === "unread") return undefined;
      return `See why the socket is not ready: plugboard explain socket ${socketName}. ${goesOn}`;
    case "SocketFull":
      return `Raise spec.limit of socket ${socketName}, or wait: the plug couples automatically when a place is free.`;
    case "InvalidConfig":
    case "ResultPending":
      if (failed !== undefined)
        return `See why it failed (kubectl logs -n ${failed.namespace} job/${failed.name}) and correct it. It runs again with \`do: recreate\` and another spec.epoch.`;
      if (missing.length > 0) return `Create ${missing.map(nameOf).join(" and ")}. ${goesOn}`;
      return undefined;
    case "Forbidden": {
      const account = accountOf(view);
      if (account === undefined) return undefined;
      return `Grant service account ${account} the permission that the message names, or raise the quota if it names one. Plugboard retries automatically.`;
    }
    case "NamespaceDenied":
      return `Admit namespace ${plug.metadata.namespace} in spec.validation of socket ${socketName}, change the labels of the namespace, or use another socket.`;
    case "InterfaceMismatch": {
      if (socket === undefined) return undefined;
      const { name, version } = socket.spec.interface ?? {};
      const offer = [name, version].filter((part) => part !== undefined).join(" ");
      return `Require in spec.interface what socket ${socketName} offers (${offer === "" ? "no named interface" : offer}), or name another socket.`;
    }
    case "Unavailable":
    case "Timeout": {
      const owners = [plug, socket].filter((owner) => owner?.spec.apparatus !== undefined);
      const [owner] = owners;
      if (owner === undefined || owners.length > 1) return undefined;
      const { namespace, name } = owner.metadata;
      return `It retries automatically. If this lasts, the owner of ${owner.kind.toLowerCase()} ${namespace}/${name} must check its apparatus: kubectl get pods -n ${namespace}`;
    }
    default:
      return undefined;
  }
}

/** The service account that lacks a permission. */
function accountOf(view: View): string | undefined {
  const { side } = sideOf(view);
  const owner = side === "plug" ? view.plug : side === "socket" ? view.socket : undefined;
  return owner === undefined ? undefined : `${owner.metadata.namespace}/${serviceAccountOf(owner)}`;
}

/** The side that a message is about. Objects prove it, or else the message names it: a status does not record it. */
function sideOf(view: View): Side {
  const { plug, socket } = view;
  const status = plug.status ?? {};
  const summary = conditionOf(status, "Ready");
  if (summary?.reason === "Paused") return { side: isPaused(plug.metadata) ? "plug" : "socket" };
  if (isMalformed(plug)) return { side: "plug" };
  if (socket !== undefined && isMalformed(socket)) return { side: "socket" };
  const refs = [...missingInputs(view), ...failedJobs(view)];
  const sides = new Set(refs.flatMap(({ side }) => side ?? []));
  const [only] = sides;
  return { side: sides.size === 1 ? only : sideNamed(view, summary?.message ?? "") };
}

function sideNamed({ plug, socketName }: View, message: string): Side["side"] {
  const own = plug.metadata.namespace;
  const other = socketName.slice(0, socketName.indexOf("/"));
  const speaksOf = (side: string): boolean =>
    new RegExp(`\\b${side}(?:'s)? spec\\.|\\b(?:the|in the|of the) ${side}(?:'s|\\b)`, "i").test(message);
  const isIn = (namespace: string): boolean =>
    message.includes(` ${namespace}/`) || message.includes(`serviceaccount:${namespace}:`);
  if (speaksOf("socket") !== speaksOf("plug")) return speaksOf("socket") ? "socket" : "plug";
  if (own !== other && isIn(own) !== isIn(other)) return isIn(other) ? "socket" : "plug";
  // The places of a plug's own templates begin with its spec.
  return /^(?:[a-z.-]+: )?spec\./.test(message) ? "plug" : undefined;
}

/** The recorded inputs that do not exist. */
export function missingInputs({ plug, found }: View): readonly PlugRef[] {
  return [...refsOf(plug, "input"), ...refsOf(plug, "result")].filter(
    (ref) => ref.side !== undefined && versionNow(ref, sightIn(found, ref)) === absent,
  );
}

function failedJobs({ plug, jobs }: View): readonly Job[] {
  return isReady(plug) ? [] : jobs.filter(({ state }) => state === "failed");
}
