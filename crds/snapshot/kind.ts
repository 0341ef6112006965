import {
  type DueContext,
  type KindDefinition,
  nothingDue,
  type View,
  type WhatIsDue,
  wakesOn,
} from "../../kit/loop/kind.ts";
import { kindNames } from "../due/kind-names.ts";
import { type KindSettings, namespaceIn } from "../due/observed.ts";
import { digest } from "../due/told.ts";
import { labels, manager } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import {
  isFormer,
  isNeeded,
  type SeenSnapshot,
  type SnapshotHead,
  snapshotHead,
  snapshotLabels,
  snapshotSelector,
  sweepDue,
  unnamedSocket,
} from "./head.ts";
import { areKeysOrphaned, keptKeysLabel, type SeenKeptKeys } from "./kept-keys.ts";

/** Snapshots as the event loop watches them, among the Secrets of the operator's namespace. */
export function snapshotKind({ operatorNamespace, clusterUid }: KindSettings): KindDefinition<SeenSnapshot> {
  return {
    ...kindNames.snapshot,
    watched: {
      apiVersion: "v1",
      kind: "Secret",
      metadataOnly: true,
      labelSelector: snapshotSelector,
      where: { namespace: operatorNamespace },
    },
    takes: ({ metadata }) =>
      metadata.namespace === operatorNamespace && metadata.labels?.[snapshotLabels.of] !== undefined,
    parse: ({ metadata }) => ({
      uid: metadata.uid ?? "",
      resourceVersion: metadata.resourceVersion ?? "",
      head: snapshotHead(metadata),
    }),
    parsed: "all",
    indexes: {
      of: ({ head }) => [head.of],
      socket: ({ head }) => (head.finishedAt === undefined ? [head.socket ?? unnamedSocket] : []),
    },
    wakes: [
      wakesOn(kindNames.plug, ({ cards }, view) =>
        cards.after === undefined ? [] : view.of(kindNames.snapshot).by("of", cards.after.digest),
      ),
    ],
    stages: {
      due: (snapshot, context) => snapshotDue(snapshot, context, clusterUid),
      told: (_, snapshot) => (snapshot === undefined ? { fact: "snapshot.swept", of: "gone" } : undefined),
      about: ({ uid, resourceVersion }) => ({ uid, resourceVersion, trace: { uid } }),
    },
  };
}

function snapshotDue({ uid, head }: SeenSnapshot, context: DueContext, clusterUid: string | undefined): WhatIsDue {
  const { view, now, resyncMilliseconds: resync, since } = context;
  const plug = plugOf(view, head);
  const around = { clusterUid, namespaceOf: (name: string) => namespaceIn(view, name) };
  const former = plug !== undefined && isFormer(head, plug, around);
  const orphanedSince = since("orphaned", isOrphan(head, plug, former));
  if (!sweepDue({ head, plug, former, now, resync, clusterUid, orphanedSince })) return nothingDue;
  return { due: { stage: "snapshot.sweep", inputs: digest([uid, String(head.finishedAt ?? "")]) } };
}

/** Whether no plug accounts for an unfinished snapshot. */
function isOrphan(head: SnapshotHead, plug: Plug | undefined, former: boolean): boolean {
  if (head.finishedAt !== undefined) return false;
  return plug === undefined || !isNeeded(head, plug, former);
}

function plugOf(view: View, { of }: Pick<SnapshotHead, "of">): Plug | undefined {
  const plugs = view.of(kindNames.plug);
  const [name] = plugs.by("digest", of);
  return name === undefined ? undefined : plugs.get(name);
}

/** The keys that templates made, as the event loop watches them, among the Secrets of the operator's namespace. */
export function keptKeysKind({ operatorNamespace }: KindSettings): KindDefinition<SeenKeptKeys> {
  return {
    ...kindNames.keptKeys,
    watched: {
      apiVersion: "v1",
      kind: "Secret",
      metadataOnly: true,
      labelSelector: `${labels.managedBy}=${manager},${keptKeysLabel}`,
      where: { namespace: operatorNamespace },
    },
    takes: ({ metadata }) => metadata.namespace === operatorNamespace && metadata.labels?.[keptKeysLabel] !== undefined,
    parse: ({ metadata }) => ({
      uid: metadata.uid ?? "",
      resourceVersion: metadata.resourceVersion ?? "",
      of: metadata.labels?.[keptKeysLabel] ?? "",
    }),
    parsed: "all",
    stages: {
      due: keptKeysDue,
      told: (_, keys) => (keys === undefined ? { fact: "snapshot.swept", of: "gone" } : undefined),
      about: ({ uid, resourceVersion }) => ({ uid, resourceVersion, trace: { uid } }),
    },
  };
}

/** Keys are swept if nothing accounted for them at two resyncs. */
function keptKeysDue({ uid, resourceVersion, of }: SeenKeptKeys, context: DueContext): WhatIsDue {
  const { view, now, resyncMilliseconds: resync, since } = context;
  const snapshots = view.of(kindNames.snapshot).by("of", of);
  const orphanedSince = since("orphaned", areKeysOrphaned(plugOf(view, { of }), snapshots.length));
  if (orphanedSince === undefined || now - orphanedSince < 2 * resync) return nothingDue;
  return { due: { stage: "snapshot.sweep", inputs: digest([uid, resourceVersion]) } };
}
