import type { KubeObject, ObjectKey } from "../kube/port.ts";

/** The name of the Lease of an election. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** The leader in a Lease. */
export interface LeaseRecord {
  readonly resourceVersion: string | undefined;
  /** Absent: no leader. */
  readonly holder: string | undefined;
  /** The leader before the release. */
  readonly released: string | undefined;
  readonly durationSeconds: number;
  readonly transitions: number;
  /** Changes with each renewal. */
  readonly renewal: string;
}

/** The action of a candidate for the present Lease. */
export type Move =
  | { readonly kind: "create" }
  | { readonly kind: "renew"; readonly record: LeaseRecord }
  | { readonly kind: "take"; readonly record: LeaseRecord; readonly former: string | undefined }
  | { readonly kind: "wait" };

/** The view of a candidate: the record, how long it has seen it unchanged, and its own identity. */
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

/** How long a Lease without a duration is believed, in seconds. */
const usualSeconds = 15;

/** The key by which a Lease is read and written. */
export function leaseKey({ namespace, name }: LeaseName): ObjectKey {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name };
}

/**
 * Decides whether to lead.
 * Only the own clock counts, from when the record was seen to change, because the leader's clock may differ.
 */
export function decideMove({ identity, record, unchangedMilliseconds }: LeaseView): Move {
  if (record === undefined) return { kind: "create" };
  if (record.holder === undefined) return { kind: "take", record, former: record.released };
  if (record.holder === identity) return { kind: "renew", record };
  if (unchangedMilliseconds < record.durationSeconds * 1_000) return { kind: "wait" };
  return { kind: "take", record, former: record.holder };
}

/** Parses a Lease leniently: invalid fields count as absent. */
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

/** The patch with which a leader renews its Lease. */
export function renewalPatch({ resourceVersion }: LeaseRecord, durationSeconds: number, now: number): LeasePatch {
  return { metadata: { resourceVersion }, spec: { leaseDurationSeconds: durationSeconds, renewTime: microTime(now) } };
}

/** The patch with which a candidate takes a free Lease. */
export function takeoverPatch(
  { resourceVersion, transitions }: LeaseRecord,
  held: HeldSpec,
  releasedBy: string,
): LeasePatch {
  const metadata = { resourceVersion, annotations: { [releasedBy]: null } };
  return { metadata, spec: { ...held, leaseTransitions: transitions + 1 } };
}

/** The patch with which a leader steps down and leaves its name to its successor. */
export function releasePatch({ resourceVersion }: LeaseRecord, identity: string, releasedBy: string): LeasePatch {
  return { metadata: { resourceVersion, annotations: { [releasedBy]: identity } }, spec: { holderIdentity: "" } };
}

/** Kubernetes' MicroTime requires exactly six digits of a second. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}
