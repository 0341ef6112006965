import { isIP } from "node:net";
import { apparatusMarks, usePrecisionMilliseconds } from "../../crds/apparatus/pod.ts";
import { fieldManager } from "../../crds/names.ts";
import { timestamp } from "../../kit/conditions.ts";
import { AlreadyExists, Conflict, InvalidInput, KindNotServed, Unavailable } from "../../kit/errors.ts";
import type { AllowedHosts } from "../../kit/http/allowed-hosts.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube/port.ts";
import {
  type ApparatusOwner,
  apparatusNames,
  apparatusPod,
  apparatusService,
  correctionOf,
  digestOf,
  isOfApparatus,
  knativeService,
  leadsToApparatus,
} from "./apparatus-objects.ts";
import type { CallTarget } from "./call-apparatus.ts";
import { parseEndpoint, type ServiceEndpoint } from "./endpoint.ts";

/** Whether an apparatus can be called now. */
export type Provision =
  | {
      readonly kind: "ready";
      readonly target: CallTarget;
      readonly key: ObjectKey;
      /** Differs for each Pod. */
      readonly incarnation: string;
    }
  /** It is starting, or its former Pod is being deleted. */
  | { readonly kind: "awaiting"; readonly key: ObjectKey; readonly metadata: ObjectMeta; readonly message: string };

interface Provisioning {
  readonly kube: Kube;
  readonly allowed: AllowedHosts;
  readonly now: number;
}

/**
 * Makes an apparatus callable: creates its Pod and Service if they do not exist.
 * Safe to repeat.
 * @throws InvalidInput, Unavailable, Forbidden, Conflict
 */
export async function provideApparatus(owner: ApparatusOwner, around: Provisioning): Promise<Provision> {
  const endpoint = parseEndpoint(owner.apparatus.endpoint, { namespace: owner.namespace, allowed: around.allowed });
  switch (endpoint.kind) {
    case "own":
      return (await servesKnative(around.kube))
        ? provideOnKnative(owner, endpoint.path, around)
        : providePod(owner, endpoint.path, around);
    case "service":
      return findService(endpoint, around);
    case "allowed":
      return { kind: "ready", target: endpoint, key: keyNamed(owner), incarnation: "" };
  }
}

function keyNamed({ apiVersion, side, namespace, name }: ApparatusOwner): ObjectKey {
  return { apiVersion, kind: side === "plug" ? "Plug" : "Socket", namespace, name };
}

async function findService(endpoint: ServiceEndpoint, { kube }: Provisioning): Promise<Provision> {
  const key = { apiVersion: "v1", kind: "Service", namespace: endpoint.namespace, name: endpoint.name };
  const service = await kube.get(key);
  const title = `Service ${endpoint.namespace}/${endpoint.name}, which spec.apparatus.endpoint names,`;
  if (service === undefined) throw new Unavailable(`${title} does not exist`);
  const spec = fieldsOf(service["spec"]);
  if (spec.get("type") === "ExternalName" || fieldsOf(spec.get("selector")).size === 0)
    throw new InvalidInput(`${title} is not called: it must have a selector, which selects Pods of this namespace`);
  const ports = listOf(spec.get("ports")).map((port) => fieldsOf(port).get("port"));
  if (!ports.includes(endpoint.port))
    throw new InvalidInput(`${title} has no port ${endpoint.port}: expected one of ${ports.join(", ")}`);
  const host = `${endpoint.name}.${endpoint.namespace}.svc`;
  return {
    kind: "ready",
    target: { ...endpoint, host, ...addressIn(spec) },
    key,
    incarnation: service.metadata.uid ?? "",
  };
}

function addressIn(spec: ReadonlyMap<string, unknown>): { readonly address?: string } {
  const address = spec.get("clusterIP");
  return typeof address === "string" && isIP(address) !== 0 ? { address } : {};
}

async function providePod(owner: ApparatusOwner, path: string, { kube, now }: Provisioning): Promise<Provision> {
  const { name, pod, service } = await findOwn(kube, owner);
  const address = addressOf(await rightService(kube, owner, service ?? apparatusService(owner, name)));
  if (pod === undefined) {
    const made = await make(kube, apparatusPod(owner, name), owner);
    return awaiting(made, "to start");
  }
  if (pod.metadata.deletionTimestamp !== undefined) return awaiting(pod, "to be gone; then Plugboard starts it again");
  if (isOver(pod) || pod.metadata.annotations?.[apparatusMarks.digest] !== digestOf(owner)) {
    await kube.delete(keyOf(pod), { uid: pod.metadata.uid });
    return awaiting(pod, "to be gone; then Plugboard starts it again");
  }
  if (!isTrue(pod, "Ready")) return awaiting(pod, `to be ready${whyNotReady(pod)}`);
  await noteUse(kube, pod, now);
  const host = `${name}.${owner.namespace}.svc`;
  const target = { kind: "own", host, port: 80, tls: false, path, address } as const;
  return { kind: "ready", target, key: keyOf(pod), incarnation: pod.metadata.uid ?? "" };
}

/**
 * The Service of an apparatus, created if it does not exist and corrected if another client changed it.
 * @throws InvalidInput if it cannot be corrected
 */
async function rightService(kube: Kube, owner: ApparatusOwner, service: KubeObject): Promise<KubeObject> {
  const { uid, namespace, name } = service.metadata;
  const found = uid === undefined ? await make(kube, service, owner) : service;
  if (leadsToApparatus(found, owner)) return found;
  const corrected = await kube.patch(keyOf(found), correctionOf(found, owner));
  if (leadsToApparatus(corrected, owner)) return corrected;
  throw new InvalidInput(
    `Service ${namespace}/${name} of the apparatus differs from what Plugboard makes. Delete it to continue`,
  );
}

/** The address that the API server gave to the Service. Its name is never looked up, because its address may change. */
function addressOf(service: KubeObject): string {
  const { address } = addressIn(fieldsOf(service["spec"]));
  const { namespace, name } = service.metadata;
  if (address !== undefined) return address;
  throw new Unavailable(`Service ${namespace}/${name} of the apparatus has no cluster IP`);
}

interface Own {
  readonly name: string;
  readonly pod: KubeObject | undefined;
  readonly service: KubeObject | undefined;
}

/** The first name that no object of another owner has. */
async function findOwn(kube: Kube, owner: ApparatusOwner): Promise<Own> {
  const { namespace } = owner;
  for (const name of apparatusNames(owner)) {
    const [pod, service] = await Promise.all([
      kube.get({ apiVersion: "v1", kind: "Pod", namespace, name }),
      kube.get({ apiVersion: "v1", kind: "Service", namespace, name }),
    ]);
    if ([pod, service].every((one) => one === undefined || isOfApparatus(one.metadata, owner)))
      return { name, pod, service };
  }
  throw new InvalidInput(
    `no name is free for the apparatus of the ${owner.side}: tried ${apparatusNames(owner).join(", ")}`,
  );
}

/**
 * Creates an object.
 * Several stages may need it at the same time; the first one creates it.
 * @throws Conflict if it was deleted, or belongs to another owner
 */
async function make(kube: Kube, object: KubeObject, owner: ApparatusOwner): Promise<KubeObject> {
  try {
    return await kube.create(object, { fieldManager });
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    const found = await kube.get(keyOf(object));
    if (found !== undefined && isOfApparatus(found.metadata, owner)) return found;
    throw new Conflict(`another client created ${object.kind} ${object.metadata.name} at the same time`, {
      cause: error,
    });
  }
}

/** Records the use before the call, so that the idle Pod is not removed during the call. */
async function noteUse(kube: Kube, pod: KubeObject, now: number): Promise<void> {
  const { annotations = {}, uid } = pod.metadata;
  const idle = Number(annotations[apparatusMarks.idleTimeout] ?? 60);
  const used = Date.parse(annotations[apparatusMarks.lastUsedAt] ?? "");
  if (now - used < usePrecisionMilliseconds(idle)) return;
  const marks = { [apparatusMarks.lastUsedAt]: timestamp(now) };
  await kube.patch(keyOf(pod), { metadata: { uid, annotations: marks } });
}

async function servesKnative(kube: Kube): Promise<boolean> {
  try {
    await kube.served({ apiVersion: "serving.knative.dev/v1", kind: "Service" });
    return true;
  } catch (error) {
    if (error instanceof KindNotServed) return false;
    throw error;
  }
}

async function provideOnKnative(owner: ApparatusOwner, path: string, { kube }: Provisioning): Promise<Provision> {
  const { namespace } = owner;
  for (const name of apparatusNames(owner)) {
    const key = { apiVersion: "serving.knative.dev/v1", kind: "Service", namespace, name };
    const found = await kube.get(key);
    if (found === undefined) return awaiting(await make(kube, knativeService(owner, name), owner), "to start");
    if (!isOfApparatus(found.metadata, owner)) continue;
    if (found.metadata.annotations?.[apparatusMarks.digest] !== digestOf(owner)) {
      const { metadata, spec } = knativeService(owner, name);
      const { uid } = found.metadata;
      const corrected = { metadata: { uid, annotations: metadata.annotations }, spec };
      return awaiting(await kube.patch(key, corrected), "to be ready");
    }
    if (!isTrue(found, "Ready")) return awaiting(found, "to be ready");
    await requireOwnRoute(kube, found);
    return { kind: "ready", target: targetOf(found, path), key, incarnation: String(found.metadata.generation) };
  }
  throw new InvalidInput(
    `no name is free for the apparatus of the ${owner.side}: tried ${apparatusNames(owner).join(", ")}`,
  );
}

const ofServing = "serving.knative.dev/v1";

/**
 * The host that Knative gave to it.
 * Knative creates a Service of type ExternalName with this name, to its own gateway.
 * This is the only name that is looked up.
 * @throws Unavailable if Knative gave none
 */
function targetOf({ metadata: { namespace, name }, status }: KubeObject, path: string): CallTarget {
  const address = fieldsOf(fieldsOf(status).get("address")).get("url");
  const [, scheme, host = ""] =
    /^(https?):\/\/([a-z0-9.-]+)\/?$/.exec(typeof address === "string" ? address : "") ?? [];
  if (!host.startsWith(`${name}.${namespace}.svc.`))
    throw new Unavailable(`Knative Service ${namespace}/${name} of the apparatus has no address in the cluster yet`);
  const tls = scheme === "https";
  return { kind: "own", host, port: tls ? 443 : 80, tls, path };
}

/**
 * Checks, by owner references, that the Service of the host name belongs to the Route of this Knative Service.
 * @throws InvalidInput, Unavailable
 */
async function requireOwnRoute(kube: Kube, { metadata: { namespace, name, uid } }: KubeObject): Promise<void> {
  const key = { namespace, name };
  const [route, service] = await Promise.all([
    kube.getMetadata({ ...key, apiVersion: ofServing, kind: "Route" }),
    kube.getMetadata({ ...key, apiVersion: "v1", kind: "Service" }),
  ]);
  if (route === undefined || service === undefined)
    throw new Unavailable(`Knative has not made the Service ${namespace}/${name} of the apparatus yet`);
  if (isControlledBy(route.metadata, "Service", uid) && isControlledBy(service.metadata, "Route", route.metadata.uid))
    return;
  throw new InvalidInput(
    `Service ${namespace}/${name} was not made by Knative for the apparatus. Delete it, so that Knative makes its own`,
  );
}

function isControlledBy({ ownerReferences = [] }: ObjectMeta, kind: string, uid: string | undefined): boolean {
  return ownerReferences.some(
    (one) => one.controller === true && one.apiVersion === ofServing && one.kind === kind && one.uid === uid,
  );
}

function awaiting(object: KubeObject, what: string): Provision {
  const { kind, metadata } = object;
  return {
    kind: "awaiting",
    key: keyOf(object),
    metadata,
    message: `Waiting for ${kind} ${metadata.namespace}/${metadata.name} of the apparatus ${what}`,
  };
}

function isTrue(object: KubeObject, type: string): boolean {
  return listOf(fieldsOf(object["status"]).get("conditions")).some((one) => {
    const condition = fieldsOf(one);
    return condition.get("type") === type && condition.get("status") === "True";
  });
}

/** A Pod that ended never becomes ready again. */
function isOver(pod: KubeObject): boolean {
  const phase = fieldsOf(pod["status"]).get("phase");
  return phase === "Succeeded" || phase === "Failed";
}

/** The kubelet's reason why a container does not run. */
function whyNotReady(pod: KubeObject): string {
  const reasons = listOf(fieldsOf(pod["status"]).get("containerStatuses")).map((one) =>
    fieldsOf(fieldsOf(fieldsOf(one).get("state")).get("waiting")).get("reason"),
  );
  const reason = reasons.find((one): one is string => typeof one === "string" && one !== "ContainerCreating");
  return reason === undefined ? "" : ` (${reason})`;
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
