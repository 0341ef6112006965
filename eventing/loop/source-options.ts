import type { Clock } from "../../kit/clock.ts";
import type { Kube } from "../../kit/kube/port.ts";
import type { KindSet } from "../../kit/loop/kind.ts";
import type { Random } from "../backoff.ts";
import type { EventFormat, FactEvent, StageEvent } from "../events.ts";
import type { Delivery, SourceReport } from "../report.ts";
import type { Handing } from "./stage-requests.ts";

export interface ApiSourceOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** What is watched, and what is due of it. */
  readonly kinds: KindSet;
  /** How events of these kinds are written. */
  readonly events: EventFormat;
  /** Takes an event: runs it and says what came of it, or hands it to a broker. Throws when it could not take it. */
  readonly sink: (event: StageEvent, handing: Handing) => Promise<Delivery>;
  /** Whether the sink only hands events over, to a broker: its answers say nothing, and the loop waits for none. Default false. */
  readonly handsOver?: boolean | undefined;
  /** Hands the event of a fact to the broker, where the sink only hands over; throws when the broker did not take it. The source sends a fact itself when the broker may have hung up on the function that told it. */
  readonly publish?: ((event: FactEvent) => Promise<unknown>) | undefined;
  /** The uid of namespace kube-system; undefined where it may not be read: then events name no cluster. */
  readonly clusterUid: string | undefined;
  /** Whose claims are void at once: the leader before this one, and this process where it runs the stages itself. */
  readonly voidHolders?: readonly string[] | undefined;
  /** How many stages may be at work at once. Default 20. */
  readonly slots?: number | undefined;
  /** How many stages of one namespace may be at work at once while other namespaces wait: at most all but one. Default: half of all, at least 1. */
  readonly slotsPerNamespace?: number | undefined;
  /** Only these namespaces are watched; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** After how long everything is evaluated afresh. Default 10 min. */
  readonly resyncMilliseconds?: number | undefined;
  /** How long what a broker accepted may take until it counts as lost. Default 60 s. */
  readonly answerMilliseconds?: number | undefined;
  /** Hears what happens: for logs, a timeline, metrics. */
  readonly tell?: ((report: SourceReport) => void) | undefined;
  /** Whether every change of the cluster has reached its watches: lets `settled` be exact on a cluster that can tell. */
  readonly caughtUp?: (() => boolean) | undefined;
  readonly random?: Random | undefined;
}

/** What is to be seen of a source from outside, as numbers. */
export interface SourceFigures {
  /** How many objects there are, by the names of their kinds. */
  readonly objects: { readonly [kind: string]: number };
  readonly queued: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** Facts of which it is not known yet that the broker has them. */
  readonly facts: number;
  readonly restless: number;
  /** Kinds as `apiVersion/Kind` or their own name. */
  readonly mayNotWatch: readonly string[];
  /** The kinds without which nothing can be decided and that are not seen now: for how many seconds. */
  readonly watchesDown: { readonly [kind: string]: number };
}
