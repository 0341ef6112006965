import type { Evidence } from "../../../crds/coupling/references.ts";
import { refsOf } from "../../../crds/coupling/references.ts";
import { pointsAt } from "../../../crds/coupling/standing.ts";
import { apiVersion } from "../../../crds/names.ts";
import { namespaceByName } from "../../../crds/namespace/served.ts";
import { nextPlugStage, type ObservedPlug } from "../../../crds/plug/next-stage.ts";
import { readPlug } from "../../../crds/plug/parse.ts";
import type { Plug, PlugRef } from "../../../crds/plug/plug.generated.ts";
import { isAdoptable, isFormer, type SnapshotHead } from "../../../crds/snapshot/head.ts";
import { readSocket } from "../../../crds/socket/parse.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import { SnapshotStore } from "../../../functions/snapshot/store.ts";
import { whereabouts } from "../../../functions/stage.ts";
import { readClusterUid } from "../../../kit/kube/every-object.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf, type Explanation, entryOf, type Fact } from "./explanation.ts";
import {
  failureOf,
  followed,
  hooksOf,
  inputFact,
  type Job,
  jobsOf,
  keyOfRef,
  nextOf,
  resourcesOf,
  servingOf,
  sightIn,
  waitsOf,
  warningsOf,
} from "./facts.ts";
import { isReady, missingInputs, stateOf, turnOf, type View, whatItIs } from "./plug-verdict.ts";
import { type Bearings, type Found, nameOf } from "./reader.ts";

/** Explains a plug. */
export async function explainPlug(object: KubeObject, bearings: Bearings): Promise<Explanation> {
  const { reader, now } = bearings;
  const plug = readPlug(object);
  const { metadata, spec, status = {} } = plug;
  const summary = conditionOf(status, "Ready");
  const wanted = {
    apiVersion,
    kind: "Socket",
    name: spec.socket.name,
    namespace: spec.socket.namespace ?? metadata.namespace,
  };
  const [socket, found, jobs, warnings] = await Promise.all([
    reader.object(wanted),
    reader.metadata(followed(status.refs).map(keyOfRef)),
    jobsOf(reader, status.refs),
    warningsOf(reader, object, summary),
  ]);
  const view: View = {
    plug,
    socketName: `${wanted.namespace}/${wanted.name}`,
    socket: socket.kind === "found" ? readSocket(socket.object) : undefined,
    found,
    jobs,
    now,
  };
  const next = await nextStage(view, socket, bearings);
  return {
    kind: "Plug",
    namespace: metadata.namespace,
    name: metadata.name,
    ready: isReady(plug),
    what: whatItIs(view),
    state: stateOf(view),
    turn: turnOf(view, socket.kind),
    reason: summary?.reason,
    meaning: entryOf(summary?.reason)?.means,
    message: summary?.message,
    generation: { current: metadata.generation, observed: status.observedGeneration },
    revision: { resolved: status.revision, performed: status.performed?.revision },
    inputs: inputsOf(view),
    resources: resourcesOf(status, found),
    waits: [...waitsOf(status, found), ...absentInputs(view), ...unendedJobs(view).map(jobFact)],
    hooks: hooksOf(status),
    failure: failureOf(status.failure),
    restless: status.restless,
    warnings,
    conditions: status.conditions ?? [],
    next,
    unread: reader.unread(),
  };
}

/** The inputs that do not exist, for which a plug waits that is not ready. */
function absentInputs(view: View): readonly Fact[] {
  const since = conditionOf(view.plug.status ?? {}, "Ready")?.lastTransitionTime;
  if (isReady(view.plug)) return [];
  return missingInputs(view).map((ref) => ({
    what: nameOf(ref),
    side: ref.side,
    state: "does not exist",
    note: `not ready since ${since ?? "an unknown time"}`,
  }));
}

function unendedJobs({ plug, jobs }: View): readonly Job[] {
  return isReady(plug) ? [] : jobs.filter(({ state }) => state !== "succeeded");
}

function jobFact(job: Job): Fact {
  return { what: nameOf({ kind: "Job", ...job }), side: job.side, state: job.state, note: job.why };
}

/** The sources of config and result of both sides: inline keys, and objects by reference. No values. */
function inputsOf({ plug, socket, found }: View): readonly Fact[] {
  const inline = [plug, ...(socket === undefined ? [] : [socket])].flatMap((owner) =>
    (["data", "config", "configTemplate", "result", "resultTemplate"] as const).flatMap((field) => {
      const keys = Object.keys(owner.spec[field] ?? {});
      const side = owner === plug ? "plug" : "socket";
      return keys.length === 0
        ? []
        : [{ what: `spec.${field}`, side, state: `gives ${keys.join(", ")}`, note: undefined }];
    }),
  );
  const refs = [...refsOf(plug, "input"), ...refsOf(plug, "result")].filter(({ side }) => side !== undefined);
  return [...inline, ...refs.map((ref) => inputFact(ref, found, namedBy(ref, ref.side === "plug" ? plug : socket)))];
}

/** The fields of a spec that name the object. */
function namedBy(ref: PlugRef, owner: Plug | Socket | undefined): string | undefined {
  if (owner === undefined) return undefined;
  const { spec } = owner;
  const fields = (["data", "config", "result"] as const).flatMap((what) => {
    const field = ref.kind === "Secret" ? (`${what}SecretName` as const) : (`${what}ConfigMapName` as const);
    return ["Secret", "ConfigMap"].includes(ref.kind) && spec[field] === ref.name ? [`spec.${field}`] : [];
  });
  const vars = (["vars", "resultVars"] as const).flatMap((field) =>
    (spec[field] ?? [])
      .filter(({ objref }) => objref.kind === ref.kind && (objref.name ?? ref.name) === ref.name)
      .map(({ name, fieldref }) => `spec.${field} ${name}: ${fieldref?.fieldPath ?? "metadata.name"}`),
  );
  const named = [...fields, ...vars];
  return named.length === 0 ? undefined : named.join(", ");
}

/** What the loop does next. Undefined if the caller cannot read what decides it. */
async function nextStage(view: View, socket: Found, bearings: Bearings): Promise<string | undefined> {
  const { plug, now } = view;
  const { reader } = bearings;
  const { namespace } = plug.metadata;
  const coupled = plug.status?.coupledSocket;
  const own = await reader.object({ apiVersion: "v1", kind: "Namespace", name: namespace });
  const former =
    coupled === undefined || pointsAt(plug, coupled)
      ? undefined
      : await reader.object({
          apiVersion,
          kind: "Socket",
          name: coupled.name,
          namespace: coupled.namespace ?? namespace,
        });
  if (socket.kind === "unread" || former?.kind === "unread") return undefined;
  const heads = await headsOf(view, bearings);
  const evidence: Evidence = { kind: "seen", see: (ref) => sightIn(view.found, ref) };
  const observed: ObservedPlug = {
    plug,
    socket: view.socket,
    coupledSocket: former?.kind === "found" ? readSocket(former.object) : undefined,
    namespace: own.kind === "found" ? own.object : own.kind === "absent" ? undefined : namespaceByName(namespace),
    evidence,
    adoptable: heads?.some(({ head }) => isAdoptable(head, plug, now)) ?? false,
    former: heads?.some(({ former: is }) => is) ?? false,
    heads: heads?.map(({ head }) => head),
    adopts: plug.status?.held?.reason !== "NotAdopted",
    serving: servingOf(plug.status?.held?.reason, bearings),
    clock: { now, voidHolders: [] },
  };
  return nextOf(nextPlugStage(observed), plug.status ?? {});
}

/** The snapshots of the plug's name; undefined if they may not be read. */
async function headsOf(
  { plug }: View,
  { reader, operatorNamespace }: Bearings,
): Promise<readonly { readonly head: SnapshotHead; readonly former: boolean }[] | undefined> {
  return reader.attempt(`snapshots (Secrets of namespace ${operatorNamespace})`, async (kube) => {
    const heads = await new SnapshotStore(kube, operatorNamespace).heads(plug.metadata);
    const around = await whereabouts({ live: kube, clusterUid: () => readClusterUid(kube) }, plug, heads);
    return heads.map((head) => ({ head, former: isFormer(head, plug, around) }));
  });
}
