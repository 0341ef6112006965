import { isDeepStrictEqual } from "node:util";
import { formerCouplingEnding, isCoupled, leftAlone, malformed, paused } from "../../crds/coupling/standing.ts";
import type { Claim, Said } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import { notServed } from "../../crds/namespace/served.ts";
import type { Plug, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { type Reason, reasonOf } from "../../crds/reasons.ts";
import { isTrue, withConditions } from "../../kit/conditions.ts";
import type { OperatorError } from "../../kit/errors.ts";
import { sameVersion } from "../../kit/loop/versions.ts";
import { triedAgain } from "../resources/record-failure.ts";

/** What a stage reports about a plug, as its conditions express it. */
export type Saying =
  /** Another party must act first; then Plugboard continues automatically. */
  | { readonly kind: "waiting"; readonly reason: Reason; readonly message: string }
  /** The plug does not match its CRD; only an edit can correct that. */
  | { readonly kind: "malformed"; readonly message: string }
  /** A coupling of integration-operator that is not taken over. */
  | { readonly kind: "left-alone"; readonly message: string }
  /** A coupling of integration-operator that only its own status claims. */
  | { readonly kind: "not-believed"; readonly message: string }
  | { readonly kind: "resolved" }
  | { readonly kind: "coupling"; readonly message: string }
  | { readonly kind: "updating"; readonly message: string }
  /** Performed; the result is not available yet. */
  | { readonly kind: "performed" }
  | { readonly kind: "coupled"; readonly message: string }
  | { readonly kind: "result-pending"; readonly reason: Reason; readonly message: string }
  /** Another client repeatedly changes objects that are applied or read. */
  | { readonly kind: "contested"; readonly message: string }
  | { readonly kind: "decoupling"; readonly message: string }
  | { readonly kind: "decoupled"; readonly message: string }
  | { readonly kind: "failed"; readonly stage: string; readonly error: OperatorError; readonly message: string };

/** Sets the conditions, and the status fields that decisions read back. Never removes a condition. */
export function say(plug: Plug, status: PlugStatus, now: number, saying: Saying): PlugStatus {
  const { generation } = plug.metadata;
  const claims = claimsOf(saying, plug).filter((claim) => !belies(claim, status));
  const said = withConditions(status, claims, { generation, now, summary: "Ready" });
  return withHold(withContest(said, claims, saying), saying, generation);
}

/** Whether the claim Failed=False contradicts a recorded failure. */
function belies({ type, status: value }: Claim, { failure }: PlugStatus): boolean {
  return type === "Failed" && value === "False" && failure !== undefined;
}

/**
 * Removes the recorded failure when a stage begins, unless `plug.resolve-config` failed.
 * The record of a retried failure stays.
 */
export function beginning(stage: string, { failure, ...status }: PlugStatus, now: number): PlugStatus {
  const kept = failure?.stage === "plug.resolve-config" ? failure : triedAgain(failure, { stage, now });
  return kept === undefined ? status : { ...status, failure: kept };
}

/** Removes the recorded failure of one stage. */
export function withoutFailureOf(stage: string, { failure, ...status }: PlugStatus): PlugStatus {
  return failure === undefined || failure.stage === stage ? status : { ...status, failure };
}

/** Sayings that leave `status.held` unchanged. */
const keepsHold: ReadonlySet<Saying["kind"]> = new Set(["decoupling", "failed", "performed", "contested"]);

function withHold(status: PlugStatus, saying: Saying, generation: number | undefined): PlugStatus {
  if (keepsHold.has(saying.kind)) return status;
  const { held: _before, ...rest } = status;
  const reason = holdIn(saying);
  return reason === undefined
    ? rest
    : { ...rest, held: { reason, ...(generation === undefined ? {} : { generation }) } };
}

function holdIn(saying: Saying): NonNullable<PlugStatus["held"]>["reason"] | undefined {
  switch (saying.kind) {
    case "malformed":
      return malformed;
    case "left-alone":
      return leftAlone;
    case "waiting":
      return ([paused, notServed, formerCouplingEnding] as const).find((reason) => reason === saying.reason);
    default:
      return undefined;
  }
}

/** Sets `restless.contested` only while Ready has the reason Contested. */
function withContest(status: PlugStatus, claims: readonly Claim[], { kind }: Saying): PlugStatus {
  if (status.restless === undefined || !claims.some(({ type }) => type === "Ready")) return status;
  const { contested: _before, ...restless } = status.restless;
  return { ...status, restless: kind === "contested" ? { ...restless, contested: true } : restless };
}

/** Whether the result of the performed revision is computed and did not fail since. */
export function hasResult({ result, performed }: PlugStatus): boolean {
  return result?.computed === true && performed !== undefined && result.revision === performed.revision;
}

/** The status of a stage that succeeded but waits: an earlier failure is over. */
export function recovered(plug: Plug, status: PlugStatus, now: number): PlugStatus {
  const fails = isTrue(status, "Failed");
  return fails && status.failure === undefined ? say(plug, status, now, { kind: "performed" }) : status;
}

function claimsOf(saying: Saying, plug: Plug): readonly Claim[] {
  switch (saying.kind) {
    case "waiting":
      return [...unlessCoupled(plug, no("Coupled", saying)), no("ConfigResolved", saying), no("Ready", saying)];
    case "malformed": {
      const { message } = saying;
      const reason = "InvalidInput";
      return [
        ...unlessCoupled(plug, no("Coupled", { reason, message })),
        no("ConfigResolved", { reason: malformed, message }),
        no("Ready", { reason, message }),
      ];
    }
    case "left-alone":
      return [no("Ready", { reason: leftAlone, message: saying.message })];
    case "not-believed":
      return ["Coupled", "Ready"].map((type) => no(type, { reason: leftAlone, message: saying.message }));
    case "resolved":
      return [yes("ConfigResolved", "ConfigResolved", "The configs of both sides are available and valid")];
    case "coupling":
      return [
        no("Coupled", { reason: "CouplingInProcess", message: saying.message }),
        no("Ready", { reason: "CouplingInProcess", message: saying.message }),
      ];
    case "updating":
      return [
        yes("Coupled", "UpdatingInProcess", saying.message),
        no("Ready", { reason: "UpdatingInProcess", message: saying.message }),
      ];
    case "performed":
      return [no("Failed", { reason: "Performed", message: messages.nothingFailed })];
    case "coupled":
      return [
        yes("Coupled", "CouplingSucceeded", "Coupling succeeded"),
        no("Failed", { reason: "CouplingSucceeded", message: messages.nothingFailed }),
        ...ready(plug, saying.message),
      ];
    case "result-pending":
      return [...unlessSucceeded(plug, no("Coupled", saying)), no("Ready", saying)];
    case "contested":
      return [no("Ready", { reason: "Contested", message: saying.message })];
    case "decoupling":
      return [
        no("Coupled", { reason: "Decoupling", message: saying.message }),
        no("Ready", { reason: "Decoupling", message: saying.message }),
      ];
    case "decoupled":
      return [
        no("Coupled", { reason: "PlugCreated", message: saying.message }),
        no("Ready", { reason: "Decoupled", message: saying.message }),
      ];
    case "failed":
      return failedClaims(saying, plug);
  }
}

function ready(plug: Plug, message: string): readonly Claim[] {
  const resolved = (plug.status?.conditions ?? []).find(({ type }) => type === "ConfigResolved");
  if (resolved?.status === "False") return [];
  return [yes("Ready", "Ready", message)];
}

function failedClaims({ stage, error, message }: Extract<Saying, { kind: "failed" }>, plug: Plug): readonly Claim[] {
  const sentence = messages.failure(message, error);
  const resolving =
    stage === "plug.resolve-config" ? [no("ConfigResolved", { reason: reasonOf(error), message: sentence })] : [];
  return [
    ...unlessCoupled(plug, no("Coupled", { reason: "Error", message: sentence })),
    ...resolving,
    yes("Failed", "Error", sentence),
    no("Ready", { reason: reasonOf(error), message: `${stage}: ${sentence}` }),
  ];
}

function unlessCoupled(plug: Plug, claim: Claim): readonly Claim[] {
  return isCoupled(plug) && plug.status?.performed !== undefined ? [] : [claim];
}

/** A required result that is late does not change the conditions of a coupling that succeeded. */
function unlessSucceeded(plug: Plug, claim: Claim): readonly Claim[] {
  const coupled = (plug.status?.conditions ?? []).find(({ type }) => type === "Coupled");
  return coupled?.status === "True" ? [] : [claim];
}

function yes(type: string, reason: Reason, message: string): Claim {
  return { type, status: "True", reason, message };
}

function no(type: string, { reason, message }: Said): Claim {
  return { type, status: "False", reason, message };
}

const roles: readonly PlugRef["role"][] = ["input", "applied", "result", "awaited"];

/** Replaces the references of one role. Unchanged ones stay identical, so that no write is needed for them. */
export function withRefs(
  refs: readonly PlugRef[] | undefined,
  role: PlugRef["role"],
  those: readonly PlugRef[],
): readonly PlugRef[] {
  const before = (refs ?? []).filter((ref) => ref.role === role);
  const after = those.map((ref) => before.find((one) => sameRef(one, ref)) ?? ref);
  return inOrder([...(refs ?? []).filter((ref) => ref.role !== role), ...after]);
}

/** The references sorted by role, as every stage writes them. */
export function inOrder(refs: readonly PlugRef[]): readonly PlugRef[] {
  return refs.toSorted((one, other) => roles.indexOf(one.role) - roles.indexOf(other.role));
}

/** Whether two references name the same object with the same contents, whenever each was seen. */
function sameRef({ version: one, ...before }: PlugRef, { version: other, ...after }: PlugRef): boolean {
  if (one === undefined || other === undefined) return one === other && isDeepStrictEqual(before, after);
  return sameVersion(one, other) && isDeepStrictEqual(before, after);
}

/** Whether two statuses are equal as JSON, in any order of fields. A field that is undefined is absent. */
export function sameStatus(one: object | undefined, other: object): boolean {
  return sameJson(one ?? {}, other);
}

function sameJson(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [fields, others] = [definedFields(one), definedFields(other)];
  return (
    fields.length === others.length &&
    fields.every(([name, value]) => Object.hasOwn(other, name) && sameJson(value, Reflect.get(other, name)))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function definedFields(object: object): readonly (readonly [string, unknown])[] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}

/** The message of Ready for a coupled plug. */
export function coupledMessage(plug: Pick<Plug, "metadata" | "spec">): string {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return messages.coupledTo({ namespace, name });
}
