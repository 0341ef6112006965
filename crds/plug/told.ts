import type { Told } from "../../kit/loop/kind.ts";
import { refsOf } from "../coupling/references.ts";
import { claimedByUs, formerCouplingEnding, leftAlone, malformed } from "../coupling/standing.ts";
import { told, toldOfFailure } from "../due/told.ts";
import type { ofPlugs, PlugStageName } from "../stage-names.ts";
import { updateDue } from "./next-stage.ts";
import type { Plug, PlugCondition, PlugRef } from "./plug.generated.ts";

type Fact = (typeof ofPlugs)["facts"][number];

/** The fact that the last run of a stage reported, as far as the status of a plug shows it. Pure. */
export function toldOfPlug(stage: string, plug: Plug | undefined): Told | undefined {
  const isGone = plug === undefined || !claimedByUs(plug);
  if (stage === "plug.delete" && isGone) return told<Fact>("plug.deleted");
  if (plug === undefined) return undefined;
  const failure = plug.status?.failure;
  if (failure?.stage === stage) {
    const { message } = condition(plug, "Failed") ?? {};
    return toldOfFailure<Fact>("plug.failed", failure, { message });
  }
  return success(stage as PlugStageName, plug) ?? waiting(stage, plug);
}

function waiting(stage: string, plug: Plug): Told | undefined {
  const awaited = awaitedBy(stage, plug);
  if (stage === "plug.template-result")
    return told<Fact>("plug.waiting", { awaited, result: plug.status?.result, inputs: refsOf(plug, "result") });
  return awaited.length === 0 ? undefined : told<Fact>("plug.waiting", awaited);
}

function awaitedBy(stage: string, plug: Plug): readonly PlugRef[] {
  return refsOf(plug, "awaited").filter((ref) => ref.stage === stage);
}

/** The part of a status that only a successful run writes. */
function success(stage: PlugStageName, plug: Plug): Told | undefined {
  const { metadata, status = {} } = plug;
  const { revision, snapshot, held, performed, result, coupledResult, createdAt, coupledSocket } = status;
  switch (stage) {
    case "plug.adopt":
      return told<Fact>(
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
        ? told<Fact>("plug.created", {
            createdAt,
            finalizers: metadata.finalizers,
            refs: status.refs,
            ready: said(plug, "Ready"),
          })
        : undefined;
    case "plug.resolve-config":
      return resolution(plug);
    case "plug.couple":
      return performed === undefined ? undefined : told<Fact>("plug.coupled", performed);
    case "plug.update":
      return performed === undefined || updateDue(plug) ? undefined : told<Fact>("plug.updated", performed);
    case "plug.template-result":
      return result?.computed === true && result.revision === performed?.revision
        ? told<Fact>("plug.result-templated", {
            result,
            coupledResult,
            inputs: refsOf(plug, "result"),
            restless: status.restless,
            coupled: condition(plug, "Coupled"),
            ready: condition(plug, "Ready"),
          })
        : undefined;
    case "plug.repair":
      return told<Fact>("plug.repaired", refsOf(plug, "applied"));
    case "plug.decouple":
      return coupledSocket === undefined ? told<Fact>("plug.decoupled") : undefined;
    case "plug.delete":
      return undefined;
  }
}

function resolution(plug: Plug): Told | undefined {
  const { revision, snapshot, held, restless } = plug.status ?? {};
  if (held?.reason === malformed) return told<Fact>("plug.failed", held);
  const resolved = said(plug, "ConfigResolved");
  if (resolved === undefined) return undefined;
  return told<Fact>("plug.config-resolved", {
    revision,
    snapshot,
    held,
    restless,
    inputs: refsOf(plug, "input"),
    resolved,
  });
}

/** A condition, unless it reports a failure that is retried: that is not a fact, and Failed reports the same. */
function said(plug: Plug, type: string): PlugCondition | undefined {
  const found = condition(plug, type);
  const message = condition(plug, "Failed")?.message;
  const fails = found?.status === "False" && message !== undefined && found.message?.endsWith(message);
  return fails ? undefined : found;
}

function condition({ status }: Plug, type: string): PlugCondition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}
