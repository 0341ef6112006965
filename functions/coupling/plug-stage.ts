import { haltKey } from "../../crds/plug/next-stage.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import type { PlugStageName, StageRequest } from "../../crds/stage-names.ts";
import type { Owner, OwnerStatus } from "../resources/owner-status.ts";
import { failureRecord, isPassing } from "../resources/record-failure.ts";
import { defineStage } from "../run-stage.ts";
import type { Decision, Failure, Stage, StageContext, StageDefinition } from "../stage.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe.ts";
import { inOrder, say, withRefs } from "./status.ts";

/** The parts in which stages of a plug differ. */
export type PlugStage<Found> = Omit<
  StageDefinition<PlugStatus, Coupling, Found>,
  "stage" | "about" | "observe" | "whyNotDue" | "fail"
> & {
  readonly stage: PlugStageName;
  readonly observe?: StageDefinition<PlugStatus, Coupling, Found>["observe"];
};

/** Makes a stage of a plug: it observes a coupling, and is due if `nextPlugStage` says so. */
export function definePlugStage<Found>(own: PlugStage<Found>): Stage {
  return defineStage({
    about: "plug",
    observe: observeCoupling,
    whyNotDue: (coupling) => whyNotDue(own.stage, coupling),
    fail: (coupling, status, failure) => failedStatus(coupling, status, { ...failure, stage: own.stage }),
    ...own,
  });
}

/**
 * The status after a stage failed.
 * The conditions report the failure.
 * A final failure is recorded, so that it is not retried before something changes; a rejection is recorded, so that it
 * is not retried before its time.
 * A conflict counts as a failure only from the third one on.
 */
export function failedStatus(
  { plug, clock }: Pick<Coupling, "plug" | "clock">,
  status: PlugStatus,
  {
    stage,
    error,
    message,
    inWay,
  }: Omit<Failure, "stage"> & { readonly stage: PlugStageName; readonly inWay?: PlugRef | undefined },
): PlugStatus {
  const failing = { ...plug, status };
  const revision = haltKey(failing, stage);
  const { uid } = plug.metadata;
  const failure = failureRecord({ stage, revision, error, inWay, uid, former: plug.status?.failure, now: clock.now });
  if (failure !== undefined && isPassing(failure)) return { ...status, failure };
  const next = say(failing, withoutResult(status, stage), clock.now, { kind: "failed", stage, error, message });
  if (failure === undefined) return next;
  return { ...next, failure, refs: inWay === undefined ? next.refs : inOrder([...(next.refs ?? []), inWay]) };
}

/** Drops `computed` when computing the result fails, even if an earlier result is still shown. */
function withoutResult(status: PlugStatus, stage: PlugStageName): PlugStatus {
  if (stage !== "plug.template-result" || status.result?.computed === undefined) return status;
  const { computed: _before, ...result } = status.result;
  return { ...status, result };
}

/** Why nothing is done for a coupling that was adopted or refused since, whatever its status claims. */
export const notAdmitted = "the coupling was adopted or has ended, and the socket has not admitted the plug since";

/** Resolves config again after a snapshot is lost: forgets all recorded inputs. */
export function resolvingAgain({ status }: Coupling, which: "resolved" | "performed"): Decision<PlugStatus> {
  const { snapshot: _gone, ...rest } = status;
  return {
    kind: "record",
    status: { ...rest, refs: withRefs(rest.refs, "input", []) },
    told: {
      kind: "fact",
      fact: "plug.waiting",
      message: `the snapshot of the ${which} revision does not exist any more; config is resolved again`,
    },
  };
}

/** A plug as the owner of its `created` resources, with its coupling. */
export type PlugOwner = Owner & Coupling;

/** The parts that `plug.create` and `plug.delete` share. */
export function ofPlug<Stage extends "plug.create" | "plug.delete">(
  stage: Stage,
): Pick<StageDefinition<OwnerStatus, PlugOwner, never>, "about" | "observe" | "whyNotDue"> & { readonly stage: Stage } {
  return { stage, about: "plug", observe, whyNotDue: (coupling) => whyNotDue(stage, coupling) };
}

async function observe(context: StageContext, request: StageRequest): Promise<PlugOwner | undefined> {
  const coupling = await observeCoupling(context, request);
  return coupling === undefined ? undefined : { ...coupling, resource: coupling.plug, now: coupling.clock.now };
}
