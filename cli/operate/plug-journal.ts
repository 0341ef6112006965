import { traced } from "../../crds/due/observed.ts";
import { apiVersion } from "../../crds/names.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { Kube, KubeObject, ListQuery, ObjectList, WatchEvent, WatchQuery } from "../../kit/kube/port.ts";
import { traceOf } from "../../kit/trace-context.ts";
import { errorFacts, type Log } from "./log.ts";
import { type Readiness, readinessOf, socketNameOf } from "./readiness.ts";

interface Entry {
  readonly namespace: string;
  readonly readiness: Readiness;
  /** The id of the trace that its stages run under. */
  readonly trace: string;
}

/** Reasons a plug passes through while a stage is at work on it. */
const inProcess: ReadonlySet<string> = new Set(["CouplingInProcess", "UpdatingInProcess", "NotLookedAt"]);

/** Knows the readiness of all plugs from the source's own watch, and logs its changes. */
export class PlugJournal {
  readonly #log: Log;
  readonly #plugs = new Map<string, Entry>();
  readonly #listed = new Map<string, Set<string>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** How each plug stands. */
  *readiness(): Iterable<Readiness> {
    for (const { readiness } of this.#plugs.values()) yield readiness;
  }

  /** Forgets all plugs, when another instance leads. */
  clear(): void {
    this.#plugs.clear();
  }

  /** The same cluster; the journal reads its lists and watches of plugs. */
  reading(kube: Kube): Kube {
    return {
      ...kube,
      list: async (query) => {
        const page = await kube.list(query);
        if (isOfPlugs(query)) this.#sawPage(query, page);
        return page;
      },
      watch: (query) => (isOfPlugs(query) ? this.#readAlong(kube.watch(query)) : kube.watch(query)),
    };
  }

  /** Receives reports of the source, and logs those that an operator of the cluster should see. */
  readonly told = (report: SourceReport): void => {
    if (report.kind === "ended") this.#stageEnded(report);
    if (report.kind === "watch lost")
      this.#log.warn({ kind: report.watched, ...errorFacts(report.error) }, "watch lost; started again");
    if (report.kind === "may not watch")
      this.#log.warn(
        { kind: report.watched, ...errorFacts(report.error) },
        "no right to watch this kind; Plugboard finds its changes at the resync",
      );
    if (report.kind === "fact given up")
      this.#log.warn(
        { fact: report.fact, ...report.subject, ...errorFacts(report.error) },
        "the broker refuses a fact; it is not sent again",
      );
    if (report.kind === "malformed")
      this.#log.error({ what: report.what, ...errorFacts(report.error) }, "object cannot be read");
  };

  /** Logs only the name of a failure: its message may quote secrets. The condition has the safe message. */
  #stageEnded({ subject, stage, attempt, delivery, seconds }: Extract<SourceReport, { kind: "ended" }>): void {
    const { kind: about, namespace, name } = subject;
    const trace = about === "Plug" ? this.#plugs.get(`${namespace}/${name}`)?.trace : undefined;
    const facts = { stage, kind: about, namespace, name, attempt, seconds, trace };
    if (delivery.kind !== "answered") return;
    const { reply } = delivery;
    const first = attempt === 0 && reply.kind === "retry" && reply.error.name !== "Conflict";
    if (first) this.#log.warn({ ...facts, failure: reply.error.name }, "stage failed; it is retried");
    else this.#log.debug({ ...facts, outcome: reply.kind === "fact" ? reply.fact : reply.kind }, "stage ended");
  }

  async *#readAlong(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
    for await (const event of events) {
      if (event.type === "DELETED") this.#plugs.delete(keyOf(event.object));
      else if (event.type !== "BOOKMARK") this.#saw(event.object, true);
      yield event;
    }
  }

  #sawPage({ namespace = "", continue: token }: ListQuery, page: ObjectList): void {
    const listed = (token === undefined ? undefined : this.#listed.get(namespace)) ?? new Set<string>();
    this.#listed.set(namespace, listed);
    for (const plug of page.items) {
      listed.add(keyOf(plug));
      this.#saw(plug, false);
    }
    if (page.continue !== undefined) return;
    this.#listed.delete(namespace);
    for (const [key, entry] of this.#plugs)
      if (!listed.has(key) && (namespace === "" || entry.namespace === namespace)) this.#plugs.delete(key);
  }

  #saw(plug: KubeObject, news: boolean): void {
    const { namespace = "", name } = plug.metadata;
    const readiness = readinessOf(plug);
    const before = this.#plugs.get(keyOf(plug))?.readiness;
    const trace = traceOf(traced(plug.metadata)).id;
    this.#plugs.set(keyOf(plug), { namespace, readiness, trace });
    const { ready, reason, message } = readiness;
    const same = before?.ready === ready && before.message === message;
    if (!news || same || inProcess.has(reason)) return;
    const facts = { namespace, name, socket: socketNameOf(plug), trace };
    if (ready) this.#log.info(facts, "plug ready");
    else this.#log.info({ ...facts, reason, why: message }, "plug not ready");
  }
}

function isOfPlugs({ kind, apiVersion: version, metadataOnly, fieldSelector }: ListQuery | WatchQuery): boolean {
  return kind === "Plug" && version === apiVersion && metadataOnly !== true && fieldSelector === undefined;
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
