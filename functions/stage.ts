import type { MissingValues } from "../crds/coupling/defaults.ts";
import type { OurNotice } from "../crds/messages.ts";
import { namespaceByName } from "../crds/namespace/served.ts";
import type { Plug } from "../crds/plug/plug.generated.ts";
import type { SnapshotHead, Whereabouts } from "../crds/snapshot/head.ts";
import type { Socket } from "../crds/socket/socket.generated.ts";
import type { StageName, StageReply, StageRequest } from "../crds/stage-names.ts";
import type { Clock } from "../kit/clock.ts";
import { Forbidden, type OperatorError } from "../kit/errors.ts";
import type { Kube, KubeObject, ObjectMeta } from "../kit/kube/port.ts";
import type { ClaimClock } from "../kit/loop/claims.ts";
import type { Reference } from "../kit/loop/references.ts";
import type { Notice } from "../kit/outlet/notices.ts";
import type { Beginning, HeldClaim } from "../kit/performing/claim.ts";
import type { FinalizerMark } from "../kit/performing/finalizers.ts";
import type { Outcome, Plan } from "../kit/performing/perform.ts";
import type { RequestTrace } from "../kit/trace-context.ts";
import type { ApparatusAccess } from "./apparatus/call-apparatus.ts";
import type { Renderer } from "./render-jobs/renderer.ts";
import type { Effect, Step } from "./resources/own-effects.ts";
import type { SnapshotStore } from "./snapshot/store.ts";
import type { Upkeep } from "./snapshot/upkeep.ts";

/** Everything that a stage function depends on. */
export interface StageContext {
  /** Reads of plugs, sockets and namespaces may come from a stale store: at worst a write conflicts. */
  readonly kube: Kube;
  /**
   * The metadata of an object that the source watches: uid, resourceVersion, the label of its owner, finalizers.
   * It may be stale: what is done because of it depends on that version.
   * Absent: nothing is watched.
   */
  readonly seen?: ((ref: Reference) => ObjectMeta | undefined) | undefined;
  /** Always the API server, for decisions that may end a coupling. */
  readonly live: Kube;
  readonly clock: Clock;
  /** The holder of claims: unique among all processes that run stages. */
  readonly holder: string;
  /** The leader before this one, if that is known. */
  readonly formerHolder?: string | undefined;
  /** Whether this process runs one stage of an object at a time, so that its own earlier claims are void. */
  readonly oneAtATime: boolean;
  readonly operatorNamespace: string;
  /** The uid of the cluster (of its namespace kube-system), read once; undefined if it may not be read. */
  readonly clusterUid: () => Promise<string | undefined>;
  /** Only these namespaces are served; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace are served; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** Whether couplings of integration-operator are taken over. Default true. */
  readonly adopts?: boolean | undefined;
  /** What templates do with values that do not exist, unless another setting decides; absent: print. */
  readonly missingValues?: MissingValues | undefined;
  readonly snapshots: SnapshotStore;
  /** Renders templates; one in a process. */
  readonly renderer: Renderer;
  /** Writes Kubernetes Events; never fails a stage. */
  readonly notify: (notices: readonly Notice[]) => Promise<void>;
  /** Every plug that names the socket or is coupled to it. */
  readonly plugsOf: (socket: Socket) => Promise<readonly Plug[]>;
  /** The uids of the plugs whose coupling to the socket an unfinished snapshot records. */
  readonly recordedAt: (socket: Socket) => Promise<ReadonlySet<string>>;
  /** Access to apparatuses; absent: over the network, Services only. */
  readonly apparatus?: ApparatusAccess | undefined;
  /** The trace of the request, which the calls of the stage continue; absent: each call starts one. */
  readonly trace?: RequestTrace | undefined;
  /**
   * Receives unexpected errors of stages, for the log and a metric.
   * The object's status reports them as `InternalError`.
   */
  readonly unexpected: (error: unknown, stage: StageName) => void;
  /** Returns new random text, for seeds and names. */
  readonly random: () => string;
}

/** The clock and holders that decide whether a claim still runs. */
export function claimClock(
  context: Pick<StageContext, "clock" | "holder" | "formerHolder" | "oneAtATime">,
): ClaimClock {
  const former = context.formerHolder === undefined ? [] : [context.formerHolder];
  return { now: context.clock.now(), voidHolders: context.oneAtATime ? [context.holder, ...former] : former };
}

/** A namespace; undefined if it is gone; only its name if it may not be read. */
export async function readNamespace(kube: Kube, name: string): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ apiVersion: "v1", kind: "Namespace", name });
  } catch (error) {
    if (error instanceof Forbidden) return namespaceByName(name);
    throw error;
  }
}

/**
 * Where a plug is, with the namespaces of the sockets that snapshots of its name are of, as the API server tells now.
 */
export async function whereabouts(
  { live, clusterUid }: Pick<StageContext, "live" | "clusterUid">,
  plug: Pick<Plug, "metadata">,
  heads: readonly SnapshotHead[],
): Promise<Whereabouts> {
  const recorded = heads.flatMap(({ socketNamespace }) => socketNamespace ?? []);
  const names = [...new Set([plug.metadata.namespace, ...recorded])];
  const namespaces = new Map<string, KubeObject | undefined>(
    await Promise.all(names.map(async (name) => [name, await readNamespace(live, name)] as const)),
  );
  return { clusterUid: await clusterUid(), namespaceOf: (name) => namespaces.get(name) };
}

/**
 * A chain: stages of one plug that run in one invocation.
 * The write that ends one stage begins the next, so the API server is asked for less.
 * The next stage is the one that is due on what the first one observed, with its final status.
 * If it cannot be planned, or the object changed, the first stage ends by itself, and the loop requests the next.
 */
export type Chain = (stage: StageName) => { readonly follow: Follow };

/** Plans a stage that follows another, on what that one observed; undefined if it is not due, or cannot be planned. */
export type Follow = (context: StageContext, request: StageRequest, chain: Chain) => Promise<Follower | undefined>;

/** A stage that is planned, and begins with the write that ends another. */
export interface Follower {
  readonly stage: StageName;
  readonly beginning: Beginning;
  /** Goes on after that write. */
  readonly proceed: (passed: Passed) => Promise<StageReply>;
}

/** The object after the write that ended one stage and began another; and the claim of the second, if it has one. */
export interface Passed {
  readonly object: KubeObject;
  readonly claim: HeldClaim | undefined;
}

/**
 * A stage: reads the cluster, decides, and writes back.
 * With a chain, it goes on with the stages that are due next.
 * Safe to repeat.
 */
export interface Stage {
  (context: StageContext, request: StageRequest, chain?: Chain): Promise<StageReply>;
  readonly follow: Follow;
  /**
   * The decision for the present state.
   * Does not perform it.
   * Reading for it may still start an apparatus.
   * @throws OperatorError
   */
  readonly decide: (context: StageContext, request: StageRequest) => Promise<Decision<object>>;
}

/** The object of a stage, as it was read, and its status. */
export interface Seen<Status> {
  readonly object: KubeObject;
  readonly status: Status;
}

/** The reply that reports a fact. */
export type Told = Extract<StageReply, { kind: "fact" }>;

/** Adds the finalizer before the first step, or removes it after the last. */
export type FinalizerChange = { readonly add: FinalizerMark } | { readonly remove: string };

/** The decision of a stage, as data. Only this file performs it. */
export type Decision<Status> =
  | { readonly kind: "nothing"; readonly why: string }
  /** Only the status is written. */
  | {
      readonly kind: "record";
      readonly status: Status;
      readonly told: Told;
      readonly notices?: readonly OurNotice[] | undefined;
      /** Upkeep before the status is written. */
      readonly first?: readonly Upkeep[] | undefined;
      /** Upkeep after the status is written. */
      readonly afterwards?: readonly Upkeep[] | undefined;
      /** Upkeep if another client changed the object first. */
      readonly otherwise?: readonly Upkeep[] | undefined;
      /** The base status for a final failure of one of these writes; absent: the status that was read. */
      readonly ifRefused?: Status | undefined;
      /** The API server may reject the status of a malformed object; the fact and the Events are reported anyway. */
      readonly mayBeRefused?: boolean | undefined;
    }
  | {
      readonly kind: "perform";
      /** Absent if only the finalizer changes. */
      readonly plan?: Plan<Status, Effect> | undefined;
      readonly finalizer?: FinalizerChange | undefined;
      readonly notices?: readonly OurNotice[] | undefined;
      /** Before the claim is taken. */
      readonly first?: readonly Upkeep[] | undefined;
      /** Upkeep if the claim is not taken, or is lost. */
      readonly otherwise?: readonly Upkeep[] | undefined;
    }
  /** Only Plugboard's own Secrets are written. */
  | { readonly kind: "keep up"; readonly tasks: readonly Upkeep[]; readonly told: Told }
  /** Takes steps without recording them in a status. */
  | { readonly kind: "take"; readonly steps: readonly Step[] }
  /** Records a failure that the stage found, in the given status. */
  | {
      readonly kind: "fail";
      readonly error: OperatorError;
      readonly status: Status;
      readonly finalizer?: { readonly add: FinalizerMark } | undefined;
    };

/** The reply, Events and upkeep after a plan. If the plan waits, only the reply is used. */
export interface Conclusion {
  readonly told: Told;
  readonly notices?: readonly OurNotice[] | undefined;
  readonly afterwards?: readonly Upkeep[] | undefined;
}

/** The parts in which stages differ. */
export interface StageDefinition<Status extends object, View extends Seen<Status>, Found> {
  readonly stage: StageName;
  /** The name of the observed object in messages, for example `plug`. */
  readonly about: string;
  /** Reads everything from the API server: the stage may delete what a stale view would still show as needed. */
  readonly live?: boolean | undefined;
  /** Reads the object of that identity, and the objects for its decision; undefined if it does not exist. */
  readonly observe: (context: StageContext, request: StageRequest) => Promise<View | undefined>;
  /** Why the stage is not due; undefined when it is. Pure. */
  readonly whyNotDue: (view: View, context: StageContext) => string | undefined;
  /** Reads the inputs of the decision. @throws OperatorError */
  readonly find: (context: StageContext, view: View) => Promise<Found>;
  /** Pure. @throws OperatorError */
  readonly decide: (view: View, found: Found) => Decision<Status>;
  /** The status after the steps of a plan. Pure. */
  readonly settle?: (view: View, found: Found, after: { readonly before: Status; readonly outcome: Outcome }) => Status;
  /** Pure. */
  readonly conclude?: (view: View, found: Found, outcome: Outcome) => Conclusion;
  /**
   * The status with the failure recorded; unchanged if nothing needs recording; undefined if the object has no status
   * of ours.
   * Pure.
   */
  readonly fail: (view: View, status: Status, failure: Failure) => Status | undefined;
  /** The sensitive texts that others may repeat in their messages. */
  readonly secrets?: (found: Found) => readonly string[];
}

export interface Failure {
  readonly stage: StageName;
  readonly error: OperatorError;
  /** The text that may be reported. */
  readonly message: string;
}
