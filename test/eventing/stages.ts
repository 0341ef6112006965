import type { Plug, PlugRef } from "../../crds/generated/plug.ts";
import { apiVersion, finalizer, labels, manager } from "../../crds/names.ts";
import { parsePlug } from "../../crds/parse-plug.ts";
import { parseSocket } from "../../crds/parse-socket.ts";
import { versionOfPlace, versionOfSocket } from "../../crds/references.ts";
import { snapshotLabels, snapshotName, snapshotsOf } from "../../crds/snapshot-head.ts";
import { takeCensus } from "../../crds/socket-status.ts";
import type { StageName } from "../../crds/stage-names.ts";
import type { FactName, StageReply } from "../../crds/stage-request.ts";
import { versionOfOwner } from "../../crds/versions.ts";
import type { StageEvent } from "../../eventing/events.ts";
import { PlugboardError as Failure, type PlugboardError } from "../../kit/errors.ts";
import type { Kube, KubeObject, ObjectKey } from "../../kit/kube.ts";
import { absent, versionOfContents } from "../../kit/versions.ts";

type Run = (kube: Kube, key: ObjectKey) => Promise<StageReply>;

/**
 * Runs a stage about as the real functions do, as far as a source can tell: what it writes to status, what it makes and removes. A
 * plug's input is the ConfigMap (or, with `spec.configSecretName`, the Secret) it names; what it makes is the ConfigMap `<plug>-made`.
 */
export async function runStage(kube: Kube, event: StageEvent): Promise<StageReply> {
  const kind = event.data.stage.startsWith("plug.") ? "Plug" : "Socket";
  try {
    return await stages[event.data.stage as StageName](kube, {
      apiVersion,
      kind,
      namespace: event.namespace,
      name: event.name,
    });
  } catch (error) {
    if (error instanceof Failure) return { kind: "retry", error: error satisfies PlugboardError };
    throw error;
  }
}

const stages: { readonly [Name in StageName]: Run } = {
  "plug.adopt": unexpected,
  "plug.create": claimObject("plug.created"),
  "plug.decouple": decouple,
  "plug.delete": releaseObject("plug.deleted"),
  "plug.resolve-config": resolve,
  "plug.couple": couple,
  "plug.update": perform("plug.updated"),
  "plug.template-result": templateResult,
  "plug.repair": repair,
  "socket.create": claimObject("socket.created"),
  "socket.sync": sync,
  "socket.delete": releaseObject("socket.deleted"),
  "snapshot.sweep": unexpected,
  "deferredresource.resolve": unexpected,
  "apparatus.remove": unexpected,
};

function claimObject(fact: FactName): Run {
  return (kube, key) => finalize(kube, key, [finalizer], fact);
}

function releaseObject(fact: FactName): Run {
  return (kube, key) => finalize(kube, key, [], fact);
}

async function finalize(kube: Kube, key: ObjectKey, finalizers: string[], fact: FactName): Promise<StageReply> {
  await kube.patch(key, { metadata: { finalizers } });
  return done(fact);
}

async function resolve(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const plug = await readPlug(kube, key);
  if (plug === undefined) return gone;
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  const socketKey = { apiVersion, kind: "Socket", namespace, name };
  const found = await kube.get(socketKey);
  const socket = found === undefined ? undefined : parseSocket(found);
  const namespaceObject = await kube.get({ apiVersion: "v1", kind: "Namespace", name: plug.metadata.namespace });
  const input = await inputOf(kube, plug);
  const owners: PlugRef[] = [
    ref("input", plug, versionOfOwner(plug.metadata)),
    { ...ref("input", { ...socketKey, metadata: { name, namespace } }, versionOfSocket(socket)), ...uidOf(socket) },
    {
      role: "input",
      apiVersion: "v1",
      kind: "Namespace",
      name: plug.metadata.namespace,
      version: namespaceObject === undefined ? absent : versionOfOwner(namespaceObject.metadata),
    },
    { role: "input", kind: "Place", namespace, name, version: versionOfPlace(socket, plug) },
  ];
  const { status } = plug;
  const kept = (status?.refs ?? []).filter(({ role }) => role !== "input");
  const ready = socket !== undefined && versionOfPlace(socket, plug) !== absent;
  const revision = (status?.revision ?? 0) + 1;
  const outcome = ready ? { revision, snapshot: snapshotName(plug.metadata, revision, "x") } : {};
  if (ready) await writeSnapshot(kube, plug, revision);
  await writeStatus(kube, plug, { ...status, ...outcome, refs: [...owners, ...input, ...kept] });
  return done(ready ? "plug.config-resolved" : "plug.waiting");
}

async function writeSnapshot(kube: Kube, { metadata }: Plug, revision: number): Promise<void> {
  const marks = {
    [labels.managedBy]: manager,
    [snapshotLabels.of]: snapshotsOf(metadata),
    [snapshotLabels.plugUid]: metadata.uid,
    [snapshotLabels.revision]: String(revision),
  };
  const name = snapshotName(metadata, revision, "x");
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "plugboard", labels: marks } };
  await kube.apply(secret, { fieldManager: "plugboard", force: true });
}

async function inputOf(kube: Kube, plug: Plug): Promise<readonly PlugRef[]> {
  const { configConfigMapName, configSecretName } = plug.spec;
  const name = configConfigMapName ?? configSecretName;
  if (name === undefined) return [];
  const key = {
    apiVersion: "v1",
    kind: configConfigMapName === undefined ? "Secret" : "ConfigMap",
    namespace: plug.metadata.namespace,
    name,
  };
  const object = await kube.getMetadata(key);
  return [{ role: "input", ...key, version: object === undefined ? absent : versionOfContents(object.metadata) }];
}

async function couple(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const plug = await readPlug(kube, key);
  if (plug === undefined) return gone;
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  const socket = await kube.get({ apiVersion, kind: "Socket", namespace, name });
  const uid = socket?.metadata.uid ?? "";
  const made = await applyMade(kube, plug);
  const refs = [...(plug.status?.refs ?? []).filter(({ role }) => role !== "applied"), made];
  const { revision = 0, snapshot } = plug.status ?? {};
  await writeStatus(kube, plug, {
    ...plug.status,
    refs,
    coupledSocket: { name, namespace, uid },
    performed: { revision, snapshot, socketUid: uid },
  });
  return done("plug.coupled");
}

function perform(fact: FactName): Run {
  return async (kube, key) => {
    const plug = await readPlug(kube, key);
    if (plug?.status?.performed === undefined) return gone;
    const { revision = 0, snapshot, performed } = plug.status;
    await writeStatus(kube, plug, { ...plug.status, performed: { ...performed, revision, snapshot } });
    return done(fact);
  };
}

async function templateResult(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const plug = await readPlug(kube, key);
  if (plug?.status?.performed === undefined) return gone;
  await writeStatus(kube, plug, { ...plug.status, result: { revision: plug.status.performed.revision } });
  return done("plug.result-templated");
}

async function repair(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const plug = await readPlug(kube, key);
  if (plug?.status === undefined) return gone;
  const made = await applyMade(kube, plug);
  const others = (plug.status.refs ?? []).filter(({ role }) => role !== "applied");
  await writeStatus(kube, plug, { ...plug.status, refs: [...others, made] });
  return done("plug.repaired");
}

async function decouple(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const plug = await readPlug(kube, key);
  if (plug === undefined) return gone;
  await kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: key.namespace, name: `${key.name}-made` });
  await writeStatus(kube, plug, { revision: plug.status?.revision ?? 0, refs: [] });
  return done("plug.decoupled");
}

async function sync(kube: Kube, key: ObjectKey): Promise<StageReply> {
  const found = await kube.get(key);
  if (found === undefined) return gone;
  const socket = parseSocket(found);
  const { items } = await kube.list({ apiVersion, kind: "Plug" });
  const at = { name: socket.metadata.name, namespace: socket.metadata.namespace };
  const plugs = items
    .map(parsePlug)
    .filter(
      ({ spec, metadata }) =>
        spec.socket.name === at.name && (spec.socket.namespace ?? metadata.namespace) === at.namespace,
    );
  const namespaces = new Map(
    (await kube.list({ apiVersion: "v1", kind: "Namespace" })).items.map((object) => [object.metadata.name, object]),
  );
  const ready = { type: "Ready", status: "True", observedGeneration: socket.metadata.generation };
  const census = takeCensus({ socket, plugs, namespaceOf: (plug) => namespaces.get(plug.metadata.namespace) });
  await kube.replaceStatus({ ...found, status: { ...socket.status, ...census, conditions: [ready] } });
  return done("socket.synced");
}

async function applyMade(kube: Kube, plug: Plug): Promise<PlugRef> {
  const key = {
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace: plug.metadata.namespace,
    name: `${plug.metadata.name}-made`,
  };
  const metadata = {
    namespace: key.namespace,
    name: key.name,
    labels: { [labels.managedBy]: manager, [labels.plugUid]: plug.metadata.uid },
  };
  const made = await kube.apply(
    { apiVersion: key.apiVersion, kind: key.kind, metadata, data: { revision: String(plug.status?.revision) } },
    { fieldManager: "integration-operator", force: true },
  );
  return { role: "applied", ...key, ...uidOf(made), version: versionOfContents(made.metadata), entry: "coupling" };
}

async function readPlug(kube: Kube, key: ObjectKey): Promise<Plug | undefined> {
  const object = await kube.get(key);
  return object === undefined ? undefined : parsePlug(object);
}

async function writeStatus(kube: Kube, plug: Plug, status: object): Promise<void> {
  const { name, namespace, uid, resourceVersion } = plug.metadata;
  await kube.replaceStatus({ apiVersion, kind: "Plug", metadata: { name, namespace, uid, resourceVersion }, status });
}

function ref(
  role: PlugRef["role"],
  object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
  version: string,
): PlugRef {
  const { apiVersion, kind, metadata } = object;
  return { role, apiVersion, kind, name: metadata.name, namespace: metadata.namespace, version };
}

function uidOf(object: { readonly metadata: { readonly uid?: string } } | undefined): { readonly uid?: string } {
  return object?.metadata.uid === undefined ? {} : { uid: object.metadata.uid };
}

function done(fact: FactName): StageReply {
  return { kind: "fact", fact, message: "" };
}

const gone: StageReply = { kind: "nothing", why: "there is no such object" };

async function unexpected(): Promise<StageReply> {
  throw new Error("these plugs have no such stage");
}
