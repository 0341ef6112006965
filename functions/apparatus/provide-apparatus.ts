import { isIP } from "node:net";
import { apparatusMarks, usePrecisionMilliseconds } from "../../crds/apparatus-pod.ts";
import { fieldManager } from "../../crds/names.ts";
import { timestamp } from "../../kit/conditions.ts";
import { AlreadyExists, Conflict, InvalidInput, KindNotServed, Unavailable } from "../../kit/errors.ts";
import type { AllowedHosts } from "../../kit/http/allowed-hosts.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube.ts";
import { keyOf } from "../../kit/steps.ts";
import {
  type ApparatusOwner,
  apparatusNames,
  apparatusPod,
  apparatusService,
  digestOf,
  isOfApparatus,
  knativeService,
} from "./apparatus-objects.ts";
import type { CallTarget } from "./call-apparatus.ts";
import { parseEndpoint, type ServiceEndpoint } from "./endpoint.ts";

/** Whether an apparatus can be called now. */
export type Provision =
  | {
      readonly kind: "ready";
      readonly target: CallTarget;
      readonly key: ObjectKey;
      /** Another text for another Pod. */
      readonly incarnation: string;
    }
  /** It is starting, or its former self is about to go. */
  | { readonly kind: "awaiting"; readonly key: ObjectKey; readonly metadata: ObjectMeta; readonly message: string };

interface Surroundings {
  readonly kube: Kube;
  readonly allowed: AllowedHosts;
  readonly now: number;
}

/** Sees to it that an apparatus can be called: makes its Pod and Service where it has none. Safe to repeat. @throws InvalidInput, Unavailable, Forbidden, Conflict */
export async function provideApparatus(owner: ApparatusOwner, around: Surroundings): Promise<Provision> {
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

async function findService(endpoint: ServiceEndpoint, { kube }: Surroundings): Promise<Provision> {
  const key = { apiVersion: "v1", kind: "Service", namespace: endpoint.namespace, name: endpoint.name };
  const service = await kube.get(key);
  const title = `Service ${endpoint.namespace}/${endpoint.name}, which spec.apparatus.endpoint names,`;
  if (service === undefined) throw new Unavailable(`${title} does not exist`);
  const spec = fieldsOf(service["spec"]);
  if (spec.get("type") === "ExternalName" || fieldsOf(spec.get("selector")).size === 0)
    throw new InvalidInput(
      `${title} is not called: expected one with a selector, which leads to Pods of this namespace`,
    );
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

async function providePod(owner: ApparatusOwner, path: string, { kube, now }: Surroundings): Promise<Provision> {
  const { name, pod, service } = await findOwn(kube, owner);
  const madeService = service ?? (await make(kube, apparatusService(owner, name)));
  if (pod === undefined) {
    const made = await make(kube, apparatusPod(owner, name));
    return awaiting(made, "to start");
  }
  if (pod.metadata.deletionTimestamp !== undefined) return awaiting(pod, "to be gone, then it is started again");
  if (isOver(pod) || pod.metadata.annotations?.[apparatusMarks.digest] !== digestOf(owner)) {
    await kube.delete(keyOf(pod), { uid: pod.metadata.uid });
    return awaiting(pod, "to be gone, then it is started again");
  }
  if (!isTrue(pod, "Ready")) return awaiting(pod, `to be ready${whyNotReady(pod)}`);
  await noteUse(kube, pod, now);
  const host = `${name}.${owner.namespace}.svc`;
  const target = {
    kind: "own",
    host,
    port: 80,
    tls: false,
    path,
    ...addressIn(fieldsOf(madeService["spec"])),
  } as const;
  return { kind: "ready", target, key: keyOf(pod), incarnation: pod.metadata.uid ?? "" };
}

interface Own {
  readonly name: string;
  readonly pod: KubeObject | undefined;
  readonly service: KubeObject | undefined;
}

/** The first name under which there is nothing that somebody else made. */
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

/** Many may need it at the same moment: whoever is first makes it. @throws Conflict where what was made has gone, or is another's */
async function make(kube: Kube, object: KubeObject): Promise<KubeObject> {
  try {
    return await kube.create(object, { fieldManager });
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    const found = await kube.get(keyOf(object));
    const mark = object.metadata.labels?.[apparatusMarks.of];
    if (found !== undefined && found.metadata.labels?.[apparatusMarks.of] === mark) return found;
    throw new Conflict(`${object.kind} ${object.metadata.name} was made by somebody else just now`, { cause: error });
  }
}

/** Its use is written down before the call, so that nobody who sees it idle removes it meanwhile. */
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

async function provideOnKnative(owner: ApparatusOwner, path: string, { kube }: Surroundings): Promise<Provision> {
  const { namespace } = owner;
  for (const name of apparatusNames(owner)) {
    const key = { apiVersion: "serving.knative.dev/v1", kind: "Service", namespace, name };
    const found = await kube.get(key);
    if (found === undefined) return awaiting(await make(kube, knativeService(owner, name)), "to start");
    if (!isOfApparatus(found.metadata, owner)) continue;
    if (found.metadata.annotations?.[apparatusMarks.digest] !== digestOf(owner)) {
      const { metadata, spec } = knativeService(owner, name);
      return awaiting(await kube.patch(key, { metadata: { annotations: metadata.annotations }, spec }), "to be ready");
    }
    if (!isTrue(found, "Ready")) return awaiting(found, "to be ready");
    const target = { kind: "own", host: `${name}.${namespace}.svc.cluster.local`, port: 80, tls: false, path } as const;
    return { kind: "ready", target, key, incarnation: String(found.metadata.generation) };
  }
  throw new InvalidInput(
    `no name is free for the apparatus of the ${owner.side}: tried ${apparatusNames(owner).join(", ")}`,
  );
}

function awaiting(object: KubeObject, what: string): Provision {
  const { kind, metadata } = object;
  return {
    kind: "awaiting",
    key: keyOf(object),
    metadata,
    message: `waiting for ${kind} ${metadata.namespace}/${metadata.name} of the apparatus ${what}`,
  };
}

function isTrue(object: KubeObject, type: string): boolean {
  return listOf(fieldsOf(object["status"]).get("conditions")).some((one) => {
    const condition = fieldsOf(one);
    return condition.get("type") === type && condition.get("status") === "True";
  });
}

/** A Pod that has run to its end never becomes ready again. */
function isOver(pod: KubeObject): boolean {
  const phase = fieldsOf(pod["status"]).get("phase");
  return phase === "Succeeded" || phase === "Failed";
}

/** The word of the kubelet for what keeps a container from running. */
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
