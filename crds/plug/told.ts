import type { Told } from "../../kit/loop/kind.ts";
import { refsOf } from "../coupling/references.ts";
import { claimedByUs, formerCouplingEnding, leftAlone, malformed } from "../coupling/standing.ts";
import { digest } from "../due/digest.ts";
import type { FailureRecord } from "../due/failure.ts";
import { updateDue } from "./next-stage.ts";
import type { Plug, PlugCondition, PlugRef } from "./plug.generated.ts";
import type { ofPlugs, PlugStageName } from "./stages.ts";

type Fact = (typeof ofPlugs)["facts"][number];

/** The fact that a run of a stage told last, as far as the status of a plug shows it. Pure. */
export function toldOfPlug(stage: string, plug: Plug | undefined): Told | undefined {
  const isGone = plug === undefined || !claimedByUs(plug);
  if (stage === "plug.delete" && isGone) return told("plug.deleted");
  if (plug === undefined) return undefined;
  const failure = plug.status?.failure;
  if (failure?.stage === stage) return failed(failure, plug);
  return success(stage as PlugStageName, plug) ?? waiting(stage, plug);
}

/** A failure that is tried again is no fact. */
function failed(failure: FailureRecord, plug: Plug): Told | undefined {
  const { message } = condition(plug, "Failed") ?? {};
  return failure.retryAt === undefined ? told("plug.failed", { failure, message }) : undefined;
}

function waiting(stage: string, plug: Plug): Told | undefined {
  const awaited = awaitedBy(stage, plug);
  if (stage === "plug.template-result")
    return told("plug.waiting", { awaited, result: plug.status?.result, inputs: refsOf(plug, "result") });
  return awaited.length === 0 ? undefined : told("plug.waiting", awaited);
}

function awaitedBy(stage: string, plug: Plug): readonly PlugRef[] {
  return refsOf(plug, "awaited").filter((ref) => ref.stage === stage);
}

/** What only a run that came through leaves. */
function success(stage: PlugStageName, plug: Plug): Told | undefined {
  const { metadata, status = {} } = plug;
  const { revision, snapshot, held, performed, result, coupledResult, createdAt, coupledSocket } = status;
  switch (stage) {
    case "plug.adopt":
      return told(
        held?.reason === leftAlone || held?.reason === formerCouplingEnding ? "plug.waiting" : "plug.adopted",
        {
          revision,
          snapshot,
          held,
          coupledSocket,
        },
      );
    case "plug.create":
      return claimedByUs(plug)
        ? told("plug.created", {
            createdAt,
            finalizers: metadata.finalizers,
            refs: status.refs,
            ready: said(plug, "Ready"),
          })
        : undefined;
    case "plug.resolve-config":
      return resolution(plug);
    case "plug.couple":
      return performed === undefined ? undefined : told("plug.coupled", performed);
    case "plug.update":
      return performed === undefined || updateDue(plug) ? undefined : told("plug.updated", performed);
    case "plug.template-result":
      return result?.computed === true && result.revision === performed?.revision
        ? told("plug.result-templated", {
            result,
            coupledResult,
            inputs: refsOf(plug, "result"),
            restless: status.restless,
            coupled: condition(plug, "Coupled"),
            ready: condition(plug, "Ready"),
          })
        : undefined;
    case "plug.repair":
      return told("plug.repaired", refsOf(plug, "applied"));
    case "plug.decouple":
      return coupledSocket === undefined ? told("plug.decoupled") : undefined;
    case "plug.delete":
      return undefined;
  }
}

function resolution(plug: Plug): Told | undefined {
  const { revision, snapshot, held, restless } = plug.status ?? {};
  if (held?.reason === malformed) return told("plug.failed", held);
  const resolved = said(plug, "ConfigResolved");
  if (resolved === undefined) return undefined;
  return told("plug.config-resolved", { revision, snapshot, held, restless, inputs: refsOf(plug, "input"), resolved });
}

/** A condition, unless it tells of a failure that is tried again: that is no fact, and Failed says the same. */
function said(plug: Plug, type: string): PlugCondition | undefined {
  const found = condition(plug, type);
  const message = condition(plug, "Failed")?.message;
  const fails = found?.status === "False" && message !== undefined && found.message?.endsWith(message);
  return fails ? undefined : found;
}

function condition({ status }: Plug, type: string): PlugCondition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

function told(fact: Fact, of: object = {}): Told {
  return { fact, of: digest([JSON.stringify(of)]) };
}
