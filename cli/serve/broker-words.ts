import { eventFormat, facts } from "../../crds/stage-names.ts";
import { eventType } from "../../eventing/cloud-events.ts";
import type { Arrivals } from "../../eventing/http/broker/hostile-network.ts";
import type { BrokerReport } from "../../eventing/http/broker/http-broker.ts";
import type { ReceivedEvent } from "../../eventing/http/event-message.ts";

const factTypes: ReadonlySet<string> = new Set(facts.map((fact) => eventType(eventFormat, fact)));

/** A line that tells people what the broker did; undefined if it is of no interest. */
export function wordsOf(report: BrokerReport): string | undefined {
  const about = titleOf(report.event);
  switch (report.kind) {
    case "taken":
      return harmOf(report.arrivals, about);
    case "unclaimed":
      // Facts need no subscriber.
      return factTypes.has(report.event.type) ? undefined : `${about}: no subscriber`;
    case "delivered": {
      const { code, reply } = report.came;
      return `${about} → ${report.to.to}: ${code}${reply === undefined ? "" : `, ${shortType(reply.type)}`}`;
    }
    case "to be tried again":
      return `${about} → ${report.to.to}: ${shortWhy(report.why)}; retries in ${seconds(report.afterMilliseconds)}`;
    case "given up":
      return `${about} → ${report.to.to}: ${shortWhy(report.why)}; given up`;
    case "going round":
      return `${about}: dropped, because it returned too often; two functions answer each other`;
  }
}

function harmOf(arrivals: Arrivals, about: string): string | undefined {
  const [first] = arrivals;
  const late = arrivals.filter((delay) => delay > 0);
  const [delay = 0] = late;
  if (first === undefined) return `${about}: lost (--hostile)`;
  if (arrivals.length > 1 && late.length === 0) return `${about}: delivered twice at once (--hostile)`;
  if (arrivals.length > 1) return `${about}: delivered twice, once ${seconds(delay)} later (--hostile)`;
  return late.length === 0 ? undefined : `${about}: delayed by ${seconds(delay)} (--hostile)`;
}

function titleOf({ type, namespace, name, id, subject }: ReceivedEvent): string {
  const about = typeof name === "string" ? `${namespace}/${name}` : (subject ?? id);
  return `${shortType(type)} of ${about}`;
}

function shortType(type: string): string {
  return type.replace(/^com\.rock8s\.integration\./, "");
}

/** It may name a reply. */
function shortWhy(why: string): string {
  return why.split(" ").map(shortType).join(" ");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
