import type { MissingValues } from "../crds/coupling/defaults.ts";
import type { ClaimClock } from "../crds/due/claims.ts";
import { namespaceByName } from "../crds/namespace/served.ts";
import type { Plug } from "../crds/plug/plug.generated.ts";
import type { SnapshotHead, Whereabouts } from "../crds/snapshot/head.ts";
import type { Socket } from "../crds/socket/socket.generated.ts";
import type { StageName } from "../crds/stage-names.ts";
import type { Clock } from "../kit/clock.ts";
import { Forbidden } from "../kit/errors.ts";
import type { Kube, KubeObject, ObjectMeta } from "../kit/kube/port.ts";
import type { Reference } from "../kit/loop/references.ts";
import type { Notice } from "../kit/outlet/notices.ts";
import type { RequestTrace } from "../kit/trace-context.ts";
import type { ApparatusAccess } from "./apparatus/call-apparatus.ts";
import type { Renderer } from "./render-jobs/renderer.ts";
import type { SnapshotStore } from "./snapshot/store.ts";

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
