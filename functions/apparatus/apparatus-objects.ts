import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { apparatusMarks } from "../../crds/apparatus/pod.ts";
import { labels, manager } from "../../crds/names.ts";
import type { PlugApparatus } from "../../crds/plug/plug.generated.ts";
import { writeJson } from "../../kit/encoding/exact-json.ts";
import { InvalidInput } from "../../kit/errors.ts";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import type { Side } from "../rendering/values.ts";

/** A plug or socket as the owner of its apparatus. */
export interface ApparatusOwner {
  readonly side: Side;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly apparatus: PlugApparatus;
}

const defaultIdleSeconds = 60;
/** The name of the port that is called. */
const portName = "container";

/**
 * The names that an apparatus may have, the usual one first.
 * A Service's name must be shorter and simpler than a plug's.
 */
export function apparatusNames({ side, name, uid }: ApparatusOwner): readonly string[] {
  const names = [`${name}-apparatus`, `${name}-${side}-apparatus`];
  const last = `apparatus-${createHash("sha256").update(uid).digest("hex").slice(0, 16)}`;
  return [...names.filter((one) => /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(one)), last];
}

/** Whether the object belongs to this owner's apparatus: its controller is the owner. Labels prove nothing. */
export function isOfApparatus({ ownerReferences = [] }: ObjectMeta, owner: ApparatusOwner): boolean {
  const { apiVersion, side, name, uid } = owner;
  return ownerReferences.some(
    (one) =>
      one.controller === true &&
      one.apiVersion === apiVersion &&
      one.kind === kindOf(side) &&
      one.name === name &&
      one.uid === uid,
  );
}

function kindOf(side: Side): "Plug" | "Socket" {
  return side === "plug" ? "Plug" : "Socket";
}

/** The Pod, with its spec exactly as the author wrote it. @throws InvalidInput if no port can be called */
export function apparatusPod(owner: ApparatusOwner, name: string): KubeObject {
  const { idleTimeout = defaultIdleSeconds } = owner.apparatus;
  const annotations = { [apparatusMarks.idleTimeout]: String(idleTimeout), [apparatusMarks.digest]: digestOf(owner) };
  const metadata = { ...metadataOf(owner, name), annotations };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: podSpecOf(owner) };
}

/** The fields that the author wrote, without those of Plugboard. @throws InvalidInput if no port can be called */
function podSpecOf({ side, apparatus }: ApparatusOwner): PlugApparatus {
  const { endpoint: _endpoint, idleTimeout: _idle, ...spec } = apparatus;
  if ((spec.containers ?? []).some(({ ports }) => calledPorts(ports).length > 0)) return spec;
  throw new InvalidInput(`${side} spec.apparatus.containers: expected one with a port named ${portName}`);
}

function calledPorts(ports: unknown): readonly { readonly [field: string]: unknown }[] {
  return Array.isArray(ports) ? ports.filter((port) => port?.name === portName) : [];
}

/** The Service of the Pod: port 80 to the port named container. */
export function apparatusService(owner: ApparatusOwner, name: string): KubeObject {
  return { apiVersion: "v1", kind: "Service", metadata: metadataOf(owner, name), spec: serviceSpec(owner) };
}

function serviceSpec({ uid }: ApparatusOwner): ServiceSpec {
  return {
    type: "ClusterIP",
    selector: { [apparatusMarks.of]: uid },
    ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: portName }],
  };
}

interface ServiceSpec {
  readonly type: string;
  readonly selector: { readonly [label: string]: string };
  readonly ports: readonly object[];
}

/** Whether the Service sends requests to the apparatus only. */
export function leadsToApparatus(service: KubeObject, owner: ApparatusOwner): boolean {
  const { type, selector, ports } = specOf(service);
  const wanted = serviceSpec(owner);
  return type === wanted.type && isDeepStrictEqual(selector, wanted.selector) && isDeepStrictEqual(ports, wanted.ports);
}

/** A merge patch that restores such a Service, for the version that was read. */
export function correctionOf(service: KubeObject, owner: ApparatusOwner): { readonly [field: string]: unknown } {
  const { selector } = specOf(service);
  const others = Object.fromEntries(Object.keys(selector ?? {}).map((label) => [label, null]));
  const wanted = serviceSpec(owner);
  const { uid, resourceVersion } = service.metadata;
  return {
    metadata: { uid, resourceVersion },
    spec: { ...wanted, selector: { ...others, ...wanted.selector }, externalName: null },
  };
}

function specOf({ spec }: KubeObject): Partial<ServiceSpec> {
  return typeof spec === "object" && spec !== null ? spec : {};
}

/** On Knative: a Service that scales to zero. Knative allows one port in a Pod, without a name. */
export function knativeService(owner: ApparatusOwner, name: string): KubeObject {
  const spec = podSpecOf(owner);
  const containers = (spec.containers ?? []).map(({ ports, ...container }) => {
    const called = calledPorts(ports).map(({ name: _name, ...port }) => port);
    return called.length === 0 ? container : { ...container, ports: called };
  });
  const metadata = { ...metadataOf(owner, name), annotations: { [apparatusMarks.digest]: digestOf(owner) } };
  const marks = { "networking.knative.dev/visibility": "cluster-local" };
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { ...metadata, labels: { ...metadata.labels, ...marks } },
    spec: { template: { spec: { ...spec, containers } } },
  };
}

/** A digest of the apparatus' spec. If it changes, the Pod is created again. */
export function digestOf({ apparatus }: ApparatusOwner): string {
  const { endpoint: _endpoint, ...made } = apparatus;
  return createHash("sha256").update(writeJson(made)).digest("hex").slice(0, 16);
}

function metadataOf({ namespace, apiVersion, side, name: ownerName, uid }: ApparatusOwner, name: string): ObjectMeta {
  const kind = kindOf(side);
  return {
    name,
    namespace,
    labels: { [labels.managedBy]: manager, [apparatusMarks.of]: uid },
    ownerReferences: [{ apiVersion, kind, name: ownerName, uid, controller: true }],
  };
}
