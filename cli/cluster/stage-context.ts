import { randomBytes, randomUUID } from "node:crypto";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { kindNames } from "../../crds/due/kind-names.ts";
import { apiVersion, manager } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import { isKeptKeysName } from "../../crds/snapshot/kept-keys.ts";
import { plugsAt, recordedAt } from "../../crds/socket/census.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { ApparatusAccess } from "../../functions/apparatus/call-apparatus.ts";
import { Renderer } from "../../functions/render-jobs/renderer.ts";
import { SnapshotStore } from "../../functions/snapshot/store.ts";
import { type Watched, WatchedRecords } from "../../functions/snapshot/watched-records.ts";
import type { StageContext } from "../../functions/stage.ts";
import type { Clock } from "../../kit/clock.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { readingFirst } from "../../kit/kube/reading-first.ts";
import { Notifier } from "../../kit/outlet/notices.ts";
import { shared } from "../../kit/shared.ts";

export interface StageContextOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly operatorNamespace: string;
  /** The only namespaces that are served; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** Whether couplings of integration-operator are taken over. Default true. */
  readonly adopts?: boolean | undefined;
  /** What templates do with missing values, if nothing else decides. Absent: print them. */
  readonly missingValues?: MissingValues | undefined;
  /** How apparatuses are called. Absent: over the network, and only at Services. */
  readonly apparatus?: ApparatusAccess | undefined;
  /** Holder of claims, unique among all processes. Absent: a new one for a stage run by hand. */
  readonly holder?: string | undefined;
  readonly formerHolder?: string | undefined;
  /** Absent: read once, when first needed. */
  readonly clusterUid?: (() => Promise<string | undefined>) | undefined;
  /**
   * The source in the same process, which runs one stage of an object at a time and knows the watched objects.
   * Absent: stages read everything live.
   */
  readonly source?: (() => Pick<ApiSource, "read" | "view" | "shows">) | undefined;
  /** Absent: one of its own. */
  readonly renderer?: Renderer | undefined;
  /** Receives why an Event could not be written. */
  readonly failed: (error: unknown) => void;
  /** Receives unexpected errors of stages. */
  readonly unexpected: StageContext["unexpected"];
}

/** Builds the context that stages run in. */
export function stageContext(options: StageContextOptions): StageContext {
  const { kube, clock, operatorNamespace, source, holder = `invoke_${randomUUID()}`, failed } = options;
  const random = (): string => randomBytes(24).toString("hex");
  const records = source === undefined ? undefined : new WatchedRecords(watched(source, operatorNamespace));
  const snapshots = new SnapshotStore(kube, operatorNamespace, records);
  const notifier = new Notifier(
    kube,
    { controller: manager, instance: holder, now: () => clock.now(), nonce: () => random().slice(0, 16) },
    failed,
  );
  return {
    kube: source === undefined ? kube : readingFirst(kube, (key) => source().read(key)),
    live: kube,
    seen:
      source === undefined
        ? undefined
        : (ref) => {
            const sight = source().view.see(ref);
            return sight.known ? sight.metadata : undefined;
          },
    clock,
    holder,
    formerHolder: options.formerHolder,
    oneAtATime: source !== undefined,
    operatorNamespace,
    clusterUid: options.clusterUid ?? shared(() => readClusterUid(kube)),
    namespaces: options.namespaces,
    serveNamespaces: options.serveNamespaces,
    adopts: options.adopts,
    missingValues: options.missingValues,
    apparatus: options.apparatus,
    snapshots,
    renderer: options.renderer ?? new Renderer(),
    notify: (notices) => notifier.notify(notices),
    plugsOf:
      source === undefined
        ? (socket) => plugsOf(kube, socket, options.namespaces ?? [undefined])
        : async (socket) => plugsAt(source().view, socket.metadata),
    recordedAt: async ({ metadata }) =>
      (source === undefined ? undefined : recordedAt(source().view, metadata)) ??
      (await snapshots.recordedAt(metadata)),
    unexpected: options.unexpected,
    random,
  };
}

/** What the source watches of the operator's own Secrets. */
function watched(source: () => Pick<ApiSource, "view" | "shows">, namespace: string): Watched {
  return {
    heads: (of) => {
      const snapshots = source().view.of(kindNames.snapshot);
      if (!snapshots.synced) return undefined;
      return snapshots.by("of", of).flatMap((name) => snapshots.get(name)?.head ?? []);
    },
    shows: (name) => {
      const keys = source().view.of(kindNames.keptKeys);
      if (keys.synced && isKeptKeysName(name)) return keys.get(`${namespace}/${name}`) !== undefined;
      return source().shows({ apiVersion: "v1", kind: "Secret", namespace, name });
    },
  };
}

/** The plugs of these namespaces (undefined: all) that name a socket or are coupled to it. */
export async function plugsOf(
  kube: Kube,
  { metadata }: Socket,
  namespaces: readonly (string | undefined)[],
): Promise<readonly Plug[]> {
  const found = new Map<string, Plug>();
  const selectors = [`spec.socket.name=${metadata.name}`, `status.coupledSocket.uid=${metadata.uid}`];
  const queries = selectors.flatMap((fieldSelector) => namespaces.map((namespace) => ({ fieldSelector, namespace })));
  for (const query of queries)
    for await (const object of plugsBy(kube, query)) {
      const plug = readPlug(object);
      const { namespace = plug.metadata.namespace } = plug.spec.socket;
      const coupled = plug.status?.coupledSocket?.uid === metadata.uid;
      if (coupled || namespace === metadata.namespace) found.set(plug.metadata.uid, plug);
    }
  return [...found.values()];
}

async function* plugsBy(
  kube: Kube,
  query: { readonly fieldSelector: string; readonly namespace: string | undefined },
): AsyncGenerator<KubeObject> {
  let token: string | undefined;
  do {
    const page = await kube.list({ apiVersion, kind: "Plug", ...query, limit: 500, continue: token });
    yield* page.items;
    token = page.continue;
  } while (token !== undefined);
}
