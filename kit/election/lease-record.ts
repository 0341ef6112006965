import type { KubeObject, ObjectKey } from "../kube/port.ts";

/** Where the Lease of an election is. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** What a Lease says of its leader. */
export interface LeaseRecord {
  readonly resourceVersion: string | undefined;
  /** Absent: nobody leads. */
  readonly holder: string | undefined;
  /** Who led before it was released. */
  readonly released: string | undefined;
  readonly durationSeconds: number;
  readonly transitions: number;
  /** Another text after each renewal. */
  readonly renewal: string;
}

/** What a candidate does about a Lease as it sees it. */
export type Move =
  | { readonly kind: "create" }
  | { readonly kind: "renew"; readonly record: LeaseRecord }
  | { readonly kind: "take"; readonly record: LeaseRecord; readonly former: string | undefined }
  | { readonly kind: "wait" };

/** A candidate's view: the record, how long it has seen it unchanged, and who it is itself. */
export interface LeaseView {
  readonly identity: string;
  readonly record: LeaseRecord | undefined;
  readonly unchangedMilliseconds: number;
}

/** The spec of a Lease that is held. */
export interface HeldSpec {
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

/** A JSON merge patch of a Lease, conditional on the version it was decided on. */
export type LeasePatch = { readonly [field: string]: unknown };

/** A Lease that does not say how long it is good for is believed for this long. */
const usualSeconds = 15;

/** The key by which a Lease is read and written. */
export function leaseKey({ namespace, name }: LeaseName): ObjectKey {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name };
}

/** Whether to lead: only our own clock counts, from when we saw the record change, since the leader's may differ. */
export function decideMove({ identity, record, unchangedMilliseconds }: LeaseView): Move {
  if (record === undefined) return { kind: "create" };
  if (record.holder === undefined) return { kind: "take", record, former: record.released };
  if (record.holder === identity) return { kind: "renew", record };
  if (unchangedMilliseconds < record.durationSeconds * 1_000) return { kind: "wait" };
  return { kind: "take", record, former: record.holder };
}

/** Reads a Lease leniently: what is not as expected counts as absent. */
export function parseLease({ metadata, ...fields }: KubeObject, releasedBy?: string): LeaseRecord {
  const spec = new Map<string, unknown>(Object.entries(fields["spec"] ?? {}));
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const number = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
  const holder = text(spec.get("holderIdentity"));
  return {
    resourceVersion: metadata.resourceVersion,
    holder,
    released: releasedBy === undefined ? undefined : text(metadata.annotations?.[releasedBy]),
    durationSeconds: number(spec.get("leaseDurationSeconds"), usualSeconds),
    transitions: number(spec.get("leaseTransitions"), 0),
    renewal: `${holder} ${text(spec.get("renewTime"))}`,
  };
}

/** The spec of a Lease newly held. */
export function heldSpec(identity: string, durationSeconds: number, now: number): HeldSpec {
  const renewTime = microTime(now);
  return {
    holderIdentity: identity,
    leaseDurationSeconds: durationSeconds,
    acquireTime: renewTime,
    renewTime,
    leaseTransitions: 0,
  };
}

/** The patch by which a leader keeps its Lease. */
export function renewalPatch({ resourceVersion }: LeaseRecord, durationSeconds: number, now: number): LeasePatch {
  return { metadata: { resourceVersion }, spec: { leaseDurationSeconds: durationSeconds, renewTime: microTime(now) } };
}

/** The patch by which a candidate takes a Lease that nobody holds any more. */
export function takeoverPatch(
  { resourceVersion, transitions }: LeaseRecord,
  held: HeldSpec,
  releasedBy: string,
): LeasePatch {
  const metadata = { resourceVersion, annotations: { [releasedBy]: null } };
  return { metadata, spec: { ...held, leaseTransitions: transitions + 1 } };
}

/** The patch by which a leader steps down and leaves its name to its successor. */
export function releasePatch({ resourceVersion }: LeaseRecord, identity: string, releasedBy: string): LeasePatch {
  return { metadata: { resourceVersion, annotations: { [releasedBy]: identity } }, spec: { holderIdentity: "" } };
}

/** Kubernetes' MicroTime wants exactly six digits of a second. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}
