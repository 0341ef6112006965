import type {
  DeferredResourceStatus,
  DeferredResourceWaitFor,
} from "../../crds/deferred-resource/deferred-resource.generated.ts";
import type { ObservedDeferredResource } from "../../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../../crds/deferred-resource/parse.ts";
import { apiVersion } from "../../crds/names.ts";
import { deferredResourceStage, type StageRequest } from "../../crds/stage-names.ts";
import { answerAt, Forbidden, InvalidInput, KindNotServed } from "../../kit/errors.ts";
import type { Kube, KubeObject, ObjectKey, ServiceAccountName } from "../../kit/kube/port.ts";
import { ownMetadata } from "../rendering/server-set.ts";
import { claimClock, readNamespace, type Seen, type StageContext } from "../stage.ts";

/** A DeferredResource as just read. */
export interface DeferredView extends ObservedDeferredResource, Seen<DeferredResourceStatus> {
  readonly namespace: KubeObject | undefined;
  /** The service account with which it reads and applies. */
  readonly account: ServiceAccountName;
}

/** Reads a DeferredResource; undefined if none has that identity. */
export async function observeDeferredResource(
  context: StageContext,
  request: StageRequest,
): Promise<DeferredView | undefined> {
  const key = { apiVersion, kind: "DeferredResource", namespace: request.namespace, name: request.name };
  const object = await context.live.get(key);
  if (object === undefined || (request.uid !== undefined && object.metadata.uid !== request.uid)) return undefined;
  const deferred = parseDeferredResource(object);
  const { namespace } = deferred.metadata;
  return {
    object,
    deferred,
    status: deferred.status ?? {},
    namespace: await readNamespace(context.live, namespace),
    account: { namespace, name: deferred.spec.serviceAccountName ?? "default" },
    evidence: { kind: "told", stage: deferredResourceStage },
    clock: claimClock(context),
    serving: context,
  };
}

/**
 * The awaited objects that do not exist, as its service account sees them.
 * A kind that is not served has no objects yet.
 * @throws Forbidden
 */
export async function readMissing(kube: Kube, { deferred, account }: DeferredView): Promise<readonly ObjectKey[]> {
  const awaited = deferred.spec.waitFor ?? [];
  const found = await Promise.all(
    awaited.map(async (one, index) => {
      const place = `spec.waitFor[${index}]`;
      const key = await keyAwaited(kube, one, account.namespace);
      return { key, there: await isThere(kube.as(account), key, place) };
    }),
  );
  return found.filter(({ there }) => !there).map(({ key }) => key);
}

async function keyAwaited(kube: Kube, one: DeferredResourceWaitFor, namespace: string): Promise<ObjectKey> {
  const version =
    one.apiVersion ?? [one.group, one.version ?? "v1"].filter((part) => part !== undefined && part !== "").join("/");
  const kind = { apiVersion: version, kind: one.kind };
  return (await isClusterScoped(kube, kind)) ? { ...kind, name: one.name } : { ...kind, namespace, name: one.name };
}

async function isClusterScoped(
  kube: Kube,
  kind: { readonly apiVersion: string; readonly kind: string },
): Promise<boolean> {
  try {
    return !(await kube.served(kind)).namespaced;
  } catch (error) {
    if (error instanceof KindNotServed) return false;
    throw error;
  }
}

async function isThere(kube: Kube, key: ObjectKey, place: string): Promise<boolean> {
  try {
    return (await kube.getMetadata(key)) !== undefined;
  } catch (error) {
    if (error instanceof KindNotServed) return false;
    if (error instanceof Forbidden) throw new Forbidden(`${place}: ${error.message}`, answerAt(place, error));
    throw error;
  }
}

/**
 * The resource to apply, in the namespace of its DeferredResource or without one if its kind has none; and the fields
 * in it that only the API server sets.
 * @throws InvalidInput, KindNotServed
 */
export async function resourceToApply(
  kube: Kube,
  { deferred }: DeferredView,
): Promise<{ readonly object: KubeObject; readonly dropped: readonly string[] }> {
  const { namespace } = deferred.metadata;
  const { metadata, ...fields } = deferred.spec.resource;
  const named = metadata["namespace"];
  if (named !== undefined && named !== "" && named !== namespace)
    throw new InvalidInput(
      `spec.resource.metadata.namespace: expected ${namespace}, the namespace of the DeferredResource, or nothing, found ${String(named)}`,
    );
  const { namespaced, hasStatus } = await kube.served(fields);
  const { own, dropped } = ownMetadata(metadata);
  const { namespace: _own, ...rest } = own;
  const leavesStatus = hasStatus && Object.hasOwn(fields, "status");
  const { status: _servers, ...spec } = fields;
  const { name } = metadata;
  return {
    object: {
      ...(leavesStatus ? spec : fields),
      apiVersion: fields.apiVersion,
      kind: fields.kind,
      metadata: namespaced ? { ...rest, name, namespace } : { ...rest, name },
    },
    dropped: leavesStatus ? [...dropped, "status"] : dropped,
  };
}
