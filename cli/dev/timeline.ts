import { apiVersion, labels, manager } from "../../crds/names.ts";
import type { Reason } from "../../crds/reasons.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { Clock } from "../../kit/clock.ts";
import type { KubeRequest, Written } from "../../kit/kube/intercept.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import { type Readiness, readinessOf, resolutionOf, socketNameOf } from "../operate/readiness.ts";

export interface TimelineOptions {
  readonly clock: Clock;
  readonly write: (line: string) => void;
  /** Says when something happened: milliseconds since the epoch to a few characters. */
  readonly time: (now: number) => string;
}

interface KnownPlug {
  readonly name: string;
  readonly socket: string;
  /** When it last stopped being as its author wants it. */
  readonly since: number;
  readonly readiness: Readiness | undefined;
  readonly revision?: number | undefined;
}

/** Reasons that only repeat what the applied objects show. */
const inProcess: ReadonlySet<string> = new Set(["CouplingInProcess", "UpdatingInProcess", "Decoupling", "NotLookedAt"]);

/** Reasons that only Events report. */
const warnings: ReadonlySet<string> = new Set<Reason>([
  "CutShort",
  "MissingValue",
  "NotText",
  "Overruled",
  "SensitiveName",
  "ServerSetFields",
  "SharedObjectDiffers",
  "StillThere",
  "UnnamedKey",
]);

/** Prints what happens to plugs and sockets, one line each: time, objects, event. */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #plugs = new Map<string, KnownPlug>();
  readonly #deferred = new Map<string, string>();
  readonly #appliedFor = new Map<string, { readonly subject: string; readonly version: string }>();

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** A line about something that no plug or socket is the subject of. */
  say(what: string, about = ""): void {
    const { clock, time, write } = this.#options;
    write(`${time(clock.now())}  ${about === "" ? "" : `${about}  `}${what.replaceAll("\n", "\n      ")}`);
  }

  /** A plug was created or edited: starts its time. */
  edited(object: KubeObject): void {
    if (object.kind !== "Plug" || object.apiVersion !== apiVersion) return;
    const { uid = "" } = object.metadata;
    const before = this.#plugs.get(uid);
    this.#plugs.set(uid, {
      name: nameOf(object.metadata),
      socket: socketNameOf(object),
      since: this.#options.clock.now(),
      readiness: before?.readiness,
      revision: before?.revision,
    });
  }

  /** Receives all writes of Plugboard that succeeded. */
  readonly heard = ({ request, object }: Written): void => {
    if (request.verb === "create" && object?.kind === "Event") this.#warned(object);
    else if (request.as !== undefined) this.#applied(request, object);
    else if (request.verb === "replaceStatus" && object?.kind === "Plug") this.#plugSaid(object);
    else if (request.verb === "replaceStatus" && object?.kind === "DeferredResource") this.#deferredSaid(object);
  };

  /** Receives reports of the source. */
  readonly told = (report: SourceReport): void => {
    if (report.kind === "malformed") this.say(`cannot be read: ${tellThrown(report.error)}`, report.what);
    if (report.kind !== "ended" || report.delivery.kind !== "answered" || report.delivery.reply.kind !== "fact") return;
    const { fact, message, released } = report.delivery.reply;
    const about = this.#about(report.subject);
    if (fact === "plug.repaired") this.say("restored objects that another client changed", about);
    if (fact === "plug.deleted" && released) this.say("deleted", about);
    if (fact === "socket.deleted" && released) this.say("deleted", `socket ${nameOf(report.subject)}`);
    if (fact === "socket.failed") this.say(`failed: ${message}`, `socket ${nameOf(report.subject)}`);
  };

  #about(subject: { readonly namespace: string; readonly name: string }): string {
    const name = nameOf(subject);
    const plug = [...this.#plugs.values()].find((one) => one.name === name);
    return plug === undefined ? name : `${plug.name} → ${plug.socket}`;
  }

  #plugSaid(object: KubeObject): void {
    const { uid = "" } = object.metadata;
    const now = this.#options.clock.now();
    const known: KnownPlug = this.#plugs.get(uid) ?? {
      name: nameOf(object.metadata),
      socket: "",
      since: now,
      readiness: undefined,
    };
    const readiness = readinessOf(object);
    const before = known.readiness;
    const leaves = before?.ready === true && !readiness.ready && now - known.since > 50;
    const since = leaves ? now : known.since;
    const revision = revisionOf(object);
    const plug: KnownPlug = { ...known, socket: socketNameOf(object), since, readiness, revision };
    this.#plugs.set(uid, plug);
    if (revision !== undefined && revision !== known.revision)
      this.say(`config resolved: revision ${revision}`, `${plug.name} → ${plug.socket}`);
    const same = before?.message === readiness.message && before.ready === readiness.ready;
    if (!same && !inProcess.has(readiness.reason))
      this.say(sentenceOf(readiness, before, (now - since) / 1_000), `${plug.name} → ${plug.socket}`);
  }

  #deferredSaid(object: KubeObject): void {
    const { uid = "" } = object.metadata;
    const said = resolutionOf(object);
    if (said === undefined || this.#deferred.get(uid) === said.message) return;
    this.#deferred.set(uid, said.message);
    this.say(said.message, `deferred resource ${nameOf(object.metadata)}`);
  }

  /** Warnings that no condition says. */
  #warned({ type, reason, note, regarding }: KubeObject): void {
    if (type !== "Warning" || !warnings.has(String(reason)) || typeof regarding !== "object" || regarding === null)
      return;
    const { kind, namespace, name } = { kind: "", namespace: "", name: "", ...regarding };
    this.say(`${reason}: ${note}`, `${kind.toLowerCase()} ${namespace}/${name}`);
  }

  #applied({ verb, kind, as, namespace, name }: KubeRequest, object: KubeObject | undefined): void {
    const key = `${kind} ${namespace}/${name}`;
    const before = this.#appliedFor.get(key);
    const subject = object === undefined ? before?.subject : this.#subjectOf(object);
    const version = object?.metadata.resourceVersion ?? "";
    if (verb === "delete") this.#appliedFor.delete(key);
    else this.#appliedFor.set(key, { subject: subject ?? "", version });
    if (verb !== "delete" && before?.version === version) return;
    const done =
      verb === "delete"
        ? "deleted"
        : verb !== "apply"
          ? "changed"
          : isOurs(object)
            ? "applied"
            : "removed its fields from";
    this.say(`${done} ${key} as service account ${as?.name}`, subject);
  }

  #subjectOf({ metadata }: KubeObject): string {
    const plug = this.#plugs.get(metadata.labels?.[labels.plugUid] ?? "");
    return plug === undefined ? "" : `${plug.name} → ${plug.socket}`;
  }
}

/** An apply that removes our fields also removes our labels. */
function isOurs(object: KubeObject | undefined): boolean {
  return object?.metadata.labels?.[labels.managedBy] === manager;
}

/** The revision that is resolved. */
function revisionOf({ status }: KubeObject): number | undefined {
  const revision = typeof status === "object" && status !== null && "revision" in status ? status.revision : undefined;
  return typeof revision === "number" ? revision : undefined;
}

function sentenceOf(now: Readiness, before: Readiness | undefined, seconds: number): string {
  if (now.reason === "Decoupled") return now.message;
  if (!now.ready) return `${now.reason}: ${now.message}`;
  const took = `in ${seconds < 0.1 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  return before?.coupled === true ? `up to date ${took}` : `coupled ${took}`;
}

function nameOf({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace ?? ""}/${name}`;
}

/** The time on this machine's clock, to the second. */
export function timeOfDay(now: number): string {
  return new Date(now).toTimeString().slice(0, 8);
}
