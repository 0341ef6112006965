import { idleAtOf } from "../crds/apparatus-pod.ts";
import type { ClaimClock } from "../crds/claims.ts";
import type { Plug, PlugRef } from "../crds/generated/plug.ts";
import { awaitedBy, deferredResourceStage, nextDeferredResourceStage } from "../crds/next-deferred-resource-stage.ts";
import { type Due, nextPlugStage, type ObservedPlug } from "../crds/next-stage.ts";
import { hasChanged } from "../crds/references.ts";
import { isAdoptable, isUnaccounted, namedBy, type ObservedSnapshot, sweepDue } from "../crds/snapshot-head.ts";
import { nextSocketStage, socketAwaits, takeCensus } from "../crds/socket-status.ts";
import { type PlugStageName, plugStages, type StageName } from "../crds/stage-names.ts";
import { absent, versionSeen } from "../crds/versions.ts";
import { digest, plugInputs } from "./inputs.ts";
import type { Judgement, Need } from "./need.ts";
import { nameInKey, namespacedName, subjectOf } from "./subject.ts";
import { lagPatienceMilliseconds, type World } from "./world.ts";

/** What is due for a subject, and when to look again although nothing changes. */
export interface Judged {
  readonly judgement: Judgement;
  readonly lookAgainAt?: number | undefined;
}

const nothingDue: Judged = { judgement: "nothing due" };
const notNow: Judged = { judgement: "not now" };

/** Judges a plug on what is watched; undefined when there is none. */
export function judgePlug(world: World, name: string, clock: ClaimClock): Judged | undefined {
  const plug = world.plugs.get(name);
  if (plug === undefined) return undefined;
  if (world.lagsBehind(plug)) return { ...notNow, lookAgainAt: clock.now + lagPatienceMilliseconds };
  const lostAt = lossSeenAt(world, plug);
  const observed = { ...observePlug(world, plug, clock), snapshotLost: lostAt !== undefined && lostAt <= clock.now };
  const found = judged(nextPlugStage(observed), clock.now, (stage) => ({
    stage,
    inputs: plugInputs(observed, stage),
    judgedOn: plug.metadata.resourceVersion,
    edits: `${plug.metadata.generation}/${observed.socket?.metadata.uid}/${observed.socket?.metadata.generation}`,
  }));
  if (lostAt === undefined || observed.snapshotLost) return found;
  return { ...found, lookAgainAt: Math.min(lostAt, found.lookAgainAt ?? lostAt) };
}

/** When a snapshot that is not seen counts as lost. */
function lossSeenAt(world: World, plug: Plug): number | undefined {
  const since = world.snapshotlessSince(plug);
  return since === undefined ? undefined : since + lagPatienceMilliseconds;
}

function observePlug(world: World, plug: Plug, clock: ClaimClock): ObservedPlug {
  const { namespace } = plug.metadata;
  const coupled = plug.status?.coupledSocket;
  const at = (socket: { name: string; namespace?: string | undefined }) =>
    world.sockets.get(namespacedName({ name: socket.name, namespace: socket.namespace ?? namespace }));
  return {
    plug,
    socket: at(plug.spec.socket),
    coupledSocket: coupled === undefined ? undefined : at(coupled),
    namespace: world.namespaceOf(plug),
    evidence: world.evidence,
    adoptable: world.snapshots
      .of(world.index.digestOf(namespacedName(plug.metadata)) ?? "")
      .some((head) => isAdoptable(head, plug, clock.now)),
    adopts: world.adopts,
    serving: world.serving,
    clock,
  };
}

/** The stages by which a function would find what no watch may show of what a plug or deferred resource has to do with. */
export function suspicions(world: World, key: string): readonly StageName[] {
  const name = nameInKey(key);
  if (subjectOf(key).kind === "DeferredResource") {
    const deferred = world.deferreds.get(name);
    const dark = deferred !== undefined && awaitedBy(deferred).some((ref) => world.refuses(ref));
    return dark ? [deferredResourceStage] : [];
  }
  const refs = world.plugs.get(name)?.status?.refs ?? [];
  return [...new Set(refs.filter((ref) => world.refuses(ref)).flatMap(suspected))];
}

function suspected(ref: PlugRef): PlugStageName | readonly [] {
  switch (ref.role) {
    case "input":
      return "plug.resolve-config";
    case "result":
      return "plug.template-result";
    case "applied":
      return ref.entry === "result" ? "plug.template-result" : "plug.repair";
    case "awaited":
      return plugStages.find((stage) => stage === ref.stage) ?? [];
  }
}

/** Judges a socket and its census; undefined when there is none. */
export function judgeSocket(world: World, name: string, clock: ClaimClock): Judged | undefined {
  const socket = world.sockets.get(name);
  if (socket === undefined) return undefined;
  const observed = {
    socket,
    plugs: world.index.cardsAt(name),
    namespaceOf: (plug: Plug) => world.namespaceOf(plug),
    evidence: world.evidence,
    clock,
    serving: world.serving,
  };
  return judged(nextSocketStage(observed), clock.now, (stage) => {
    const { uid, generation = 0, deletionTimestamp = "stays" } = socket.metadata;
    const census = stage === "socket.sync" ? JSON.stringify(takeCensus(observed)) : "";
    const awaited = socketAwaits(socket).map((ref) => {
      const sight = world.see(ref);
      return sight.known ? versionSeen(ref.version ?? absent, sight.metadata) : (ref.version ?? absent);
    });
    const inputs = digest([uid, String(generation), deletionTimestamp, census, ...awaited]);
    return { stage, inputs, judgedOn: socket.metadata.resourceVersion };
  });
}

/** Judges a deferred resource on what is watched; undefined when there is none. */
export function judgeDeferredResource(world: World, name: string, clock: ClaimClock): Judged | undefined {
  const deferred = world.deferreds.get(name);
  if (deferred === undefined) return undefined;
  const { evidence, serving } = world;
  return judged(nextDeferredResourceStage({ deferred, evidence, clock, serving }), clock.now, (stage) => {
    const { uid, generation = 0, deletionTimestamp = "stays" } = deferred.metadata;
    const there = awaitedBy(deferred).map((ref) => String(hasChanged(ref, evidence)));
    const inputs = digest([uid, String(generation), deletionTimestamp, ...there]);
    return { stage, inputs, judgedOn: deferred.metadata.resourceVersion };
  });
}

/** Judges the Pod of an apparatus; undefined when there is none. */
export function judgeApparatus(world: World, name: string, now: number): Judged | undefined {
  const metadata = world.apparatuses.get(name)?.metadata;
  if (metadata === undefined) return undefined;
  if (metadata.deletionTimestamp !== undefined) return nothingDue;
  const opensAt = idleAtOf(metadata);
  const due: Due<"apparatus.remove"> = now >= opensAt ? { stage: "apparatus.remove" } : { stage: undefined, opensAt };
  return judged(due, now, (stage) => ({ stage, inputs: digest([metadata.uid ?? "", String(opensAt)]) }));
}

/** Judges a snapshot; undefined when there is none. */
export function judgeSnapshot(
  world: World,
  name: string,
  seen: Pick<ObservedSnapshot, "now" | "resync" | "orphanedSince" | "clusterUid">,
): Judged | undefined {
  const entry = world.snapshots.get(name);
  if (entry === undefined) return undefined;
  const { head } = entry;
  if (!sweepDue({ head, plug: plugOfSnapshot(world, head.of), ...seen })) return nothingDue;
  return { judgement: { stage: "snapshot.sweep", inputs: digest([entry.uid ?? "", String(head.finishedAt ?? "")]) } };
}

/** Whether no plug accounts for a snapshot that is not finished. */
export function isOrphan(world: World, name: string): boolean {
  const head = world.snapshots.get(name)?.head;
  if (head === undefined || head.finishedAt !== undefined) return false;
  const plug = plugOfSnapshot(world, head.of);
  return plug === undefined || !(namedBy(head, plug) || isUnaccounted(head, plug));
}

function plugOfSnapshot(world: World, of: string): Plug | undefined {
  const name = world.index.nameOf(of);
  return name === undefined ? undefined : world.plugs.get(name);
}

/** No timer runs longer than this: who waits longer looks, and waits on. */
const longestWaitMilliseconds = 86_400_000;

function judged<Name extends StageName>(due: Due<Name>, now: number, need: (stage: Name) => Need): Judged {
  if (due.stage !== undefined) return { judgement: need(due.stage) };
  const lookAgainAt = "lookAgainAt" in due ? due.lookAgainAt : undefined;
  const opensAt = "opensAt" in due ? due.opensAt : undefined;
  if (lookAgainAt !== undefined) return { ...notNow, lookAgainAt };
  if (opensAt === undefined) return nothingDue;
  return { ...nothingDue, lookAgainAt: Math.min(opensAt, now + longestWaitMilliseconds) };
}
