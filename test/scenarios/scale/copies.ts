import { versionOfOwner } from "../../../crds/coupling/versions.ts";
import { labels } from "../../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../../crds/plug/plug.generated.ts";
import { snapshotLabels, snapshotsOf } from "../../../crds/snapshot/head.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { plugKey } from "../../worlds/manifests.ts";

/** A coupled plug, all that was applied for it and its snapshot, as patterns for copies. */
export interface Pattern {
  readonly plug: KubeObject;
  readonly status: PlugStatus;
  readonly applied: readonly KubeObject[];
  readonly snapshot: KubeObject;
}

/** Reads a coupled plug with all that belongs to it. */
export async function readPattern(kube: Kube, name: string, namespace: string): Promise<Pattern> {
  const plug = await found(kube, plugKey(name, namespace));
  const status: PlugStatus = plug["status"] ?? {};
  const refs = (status.refs ?? []).filter(({ role }) => role === "applied");
  const applied = await Promise.all(refs.map((ref) => found(kube, { ...ref, apiVersion: ref.apiVersion ?? "v1" })));
  const snapshot = await found(kube, {
    apiVersion: "v1",
    kind: "Secret",
    namespace: "plugboard",
    name: status.snapshot ?? "",
  });
  return { plug, status, applied, snapshot };
}

async function found(kube: Kube, key: Parameters<Kube["get"]>[0]): Promise<KubeObject> {
  const object = await kube.get(key);
  if (object === undefined) throw new Error(`${key.kind} ${key.name} is not there`);
  return object;
}

/** Makes one more coupled plug after a pattern, as Plugboard itself would have left it: at three requests and one for each object. */
export async function copyCoupled(kube: Kube, pattern: Pattern, name: string): Promise<void> {
  const { finalizers } = pattern.plug.metadata;
  const { namespace = "" } = pattern.plug.metadata;
  const plug = await kube.create({
    ...bare(pattern.plug),
    metadata: { name, namespace, ...(finalizers === undefined ? {} : { finalizers }) },
  });
  const uid = plug.metadata.uid ?? "";
  const applied = await Promise.all(
    pattern.applied.map((object) => kube.create(copyOf(object, pattern, { name, uid }))),
  );
  const snapshot = await kube.create(copyOfSnapshot(pattern, { name, namespace, uid }));
  const refs = (pattern.status.refs ?? []).map((ref) => copyOfRef(ref, { plug, applied }));
  const { snapshot: _theirs, performed, ...status } = pattern.status;
  const own = {
    ...status,
    refs,
    snapshot: snapshot.metadata.name,
    performed: { ...performed, snapshot: snapshot.metadata.name },
  };
  await kube.replaceStatus({ ...plug, status: own });
}

function copyOf(
  object: KubeObject,
  pattern: Pattern,
  { name, uid }: { readonly name: string; readonly uid: string },
): KubeObject {
  const { namespace = "", labels: marks } = object.metadata;
  return {
    ...bare(object),
    metadata: {
      name: object.metadata.name.replace(pattern.plug.metadata.name, name),
      namespace,
      labels: { ...marks, [labels.plugUid]: uid },
    },
  };
}

function copyOfSnapshot(
  pattern: Pattern,
  owner: { readonly name: string; readonly namespace: string; readonly uid: string },
): KubeObject {
  const of = snapshotsOf(owner);
  const { namespace = "", labels: marks } = pattern.snapshot.metadata;
  return {
    ...bare(pattern.snapshot),
    metadata: {
      name: `plugboard-${of}-1-copy`,
      namespace,
      labels: { ...marks, [snapshotLabels.of]: of, [snapshotLabels.plugUid]: owner.uid },
    },
  };
}

function copyOfRef(
  ref: PlugRef,
  { plug, applied }: { readonly plug: KubeObject; readonly applied: readonly KubeObject[] },
): PlugRef {
  const { uid } = plug.metadata;
  if (ref.kind === "Plug")
    return {
      ...ref,
      name: plug.metadata.name,
      ...(uid === undefined ? {} : { uid }),
      version: versionOfOwner(plug.metadata),
    };
  const object = applied.find(
    ({ kind, metadata }) => ref.role === "applied" && kind === ref.kind && metadata.namespace === ref.namespace,
  );
  if (object === undefined) return ref;
  return { ...ref, name: object.metadata.name, uid: object.metadata.uid, version: object.metadata.resourceVersion };
}

function bare({ metadata: _metadata, status: _status, ...rest }: KubeObject): KubeObject {
  return { ...rest, apiVersion: rest.apiVersion, kind: rest.kind, metadata: { name: "" } };
}
