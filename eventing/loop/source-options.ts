import type { Clock } from "../../kit/clock.ts";
import type { Kube } from "../../kit/kube/port.ts";
import type { KindSet } from "../../kit/loop/kind.ts";
import type { Random } from "../backoff.ts";
import type { EventFormat, FactEvent, StageEvent } from "../cloud-events.ts";
import type { Delivery, SourceReport } from "../report.ts";
import type { Handing } from "./stage-requests.ts";

export interface ApiSourceOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** The watched kinds, and their stages. */
  readonly kinds: KindSet;
  /** The format of the events of these kinds. */
  readonly events: EventFormat;
  /** Takes an event: runs it and returns the result, or passes it to a broker. Throws if it did not accept it. */
  readonly sink: (event: StageEvent, handing: Handing) => Promise<Delivery>;
  /**
   * Whether the sink only passes events to a broker: its answers say nothing about stages, and the loop does not wait
   * for them.
   * Default false.
   */
  readonly handsOver?: boolean | undefined;
  /**
   * Publishes the event of a fact, if the sink only passes events on.
   * Throws if the broker did not accept it.
   * The source sends a fact itself when the broker may have hung up on the function that reported it.
   */
  readonly publish?: ((event: FactEvent) => Promise<unknown>) | undefined;
  /** The uid of namespace kube-system; undefined if it may not be read. Then events name no cluster. */
  readonly clusterUid: string | undefined;
  /** Holders whose claims are void at once: the previous leader, and this process if it runs the stages itself. */
  readonly voidHolders?: readonly string[] | undefined;
  /** The most stages that run at once. Default 20. */
  readonly slots?: number | undefined;
  /**
   * The most stages of one namespace that run at once while other namespaces wait: at most all but one.
   * Default: half of all, at least 1.
   */
  readonly slotsPerNamespace?: number | undefined;
  /** Only these namespaces are watched; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Time between two full evaluations, in milliseconds. Default 600,000. */
  readonly resyncMilliseconds?: number | undefined;
  /** How long an accepted event may take until it counts as lost, in milliseconds. Default 60,000. */
  readonly answerMilliseconds?: number | undefined;
  /** Called for each report: for logs, a timeline, metrics. */
  readonly tell?: ((report: SourceReport) => void) | undefined;
  /**
   * Whether every change of the cluster has reached the watches.
   * Makes `settled` exact on a cluster that knows this.
   */
  readonly caughtUp?: (() => boolean) | undefined;
  readonly random?: Random | undefined;
}

/** The state of a source in numbers. */
export interface SourceFigures {
  /** The number of objects, by the names of their kinds. */
  readonly objects: { readonly [kind: string]: number };
  readonly queued: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** Facts that the broker may not have yet. */
  readonly facts: number;
  readonly restless: number;
  /** Kinds that may not be watched, as `apiVersion/Kind` or their own name. */
  readonly mayNotWatch: readonly string[];
  /** Essential kinds that are not watched now, and for how many seconds. */
  readonly watchesDown: { readonly [kind: string]: number };
}
