import { isMalformed } from "../../crds/coupling/standing.ts";
import type { Said } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import { unservedNamespace } from "../../crds/plug/next-stage.ts";
import type { Plug, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { withRevisionWaiting } from "../../crds/plug/revision-pace.ts";
import { isAdoptable } from "../../crds/snapshot/head.ts";
import { timestamp } from "../../kit/conditions.ts";
import { Forbidden } from "../../kit/errors.ts";
import { type Admittance, admit, ownRefs } from "../coupling/admit.ts";
import type { Coupling } from "../coupling/observe.ts";
import { definePlugStage } from "../coupling/plug-stage.ts";
import {
  checked,
  concludeRevision,
  recordRevision,
  resolvedStatus,
  settleRevision,
} from "../coupling/record-revision.ts";
import { type ResolvedRevision, resolveRevision } from "../coupling/resolve-revision.ts";
import { isContested, nameOfRef } from "../coupling/restlessness.ts";
import { coupledMessage, hasResult, recovered, say, withoutFailureOf } from "../coupling/status.ts";
import type { Decision, Stage, StageContext, Told } from "../stage.ts";

const stage = "plug.resolve-config";

const unchanged: Told = { kind: "fact", fact: "plug.config-resolved", message: "the outcome is unchanged" };

/**
 * Admits the plug, resolves the config and renders the objects (`resolveRevision` in ../coupling/resolve-revision.ts;
 * configs: ../config/resolve-configs.ts), and records a new revision if they changed.
 * Always records the versions that it read.
 * Safe to repeat.
 */
export const resolveConfig: Stage = definePlugStage<Found>({
  stage,
  find,
  decide,
  settle: (coupling, found, { before, outcome }) =>
    found.kind === "differs" ? settleRevision(coupling, found, before, outcome) : before,
  conclude: (coupling, found) => (found.kind === "differs" ? concludeRevision(coupling, found) : { told: unchanged }),
});

/** The result of the search: why nothing is resolved yet, or what resolving came to. */
type Found =
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "adopted first" }
  | ResolvedRevision;

async function find(context: StageContext, coupling: Coupling): Promise<Found> {
  const { plug } = coupling;
  const seen = ownRefs(coupling, "input");
  const check = (): Promise<Said | undefined> => context.renderer.begin(plug.metadata.namespace).run("checkPlug", plug);
  const served = unservedNamespace(coupling) === undefined;
  if (served && isMalformed(plug))
    return { kind: "malformed", message: (await check())?.message ?? "the plug does not match its CRD" };
  const wrong = served ? await check() : undefined;
  if (wrong !== undefined) return { kind: "waiting", said: wrong, seen };
  if (await hasFormer(context, coupling)) return { kind: "adopted first" };
  const admittance = await findAdmittance(context, coupling);
  if (admittance.kind === "waiting") return { kind: "waiting", said: admittance.said, seen };
  return resolveRevision(context, coupling, admittance);
}

/** If only the snapshot in the status admits the plug, that snapshot must belong to a coupling that has not ended. */
async function findAdmittance({ snapshots }: StageContext, coupling: Coupling): Promise<Admittance> {
  const name = coupling.status.performed?.snapshot;
  const done = await snapshots.readOf(coupling.plug.metadata, name);
  const admittance = admit(coupling, done);
  if (name === undefined || admittance.kind === "waiting" || !admittance.proven) return admittance;
  const asNewcomer = admit(coupling, undefined);
  return asNewcomer.kind === "admitted" || (await snapshots.isInUse(name)) ? admittance : asNewcomer;
}

/**
 * Whether a coupling of the plug's name must be adopted or ended first, whatever requested this stage.
 * Without the right to list snapshots, the watched ones decide.
 */
async function hasFormer({ snapshots, clock }: StageContext, { plug, status }: Coupling): Promise<boolean> {
  if (status.revision !== undefined || status.coupledSocket !== undefined) return false;
  try {
    const heads = await snapshots.knownHeads(plug.metadata);
    return heads.some((head) => isAdoptable(head, withoutClaim(plug), clock.now()));
  } catch (error) {
    if (error instanceof Forbidden) return false;
    throw error;
  }
}

function withoutClaim({ status: { stage: _claim, ...status } = {}, ...plug }: Plug): Plug {
  return { ...plug, status };
}

function decide(coupling: Coupling, found: Found): Decision<PlugStatus> {
  switch (found.kind) {
    case "malformed":
      return sayMalformed(coupling, found.message);
    case "adopted first":
      return { kind: "nothing", why: "snapshots of its name are adopted or ended first" };
    case "waiting":
      return wait(coupling, found);
    case "failed":
      return { kind: "fail", error: found.error, status: checked(coupling, found.seen) };
    case "as it was":
      return recordAsItWas(coupling, found);
    case "too soon":
      return holdRevision(coupling, found);
    case "differs":
      return recordRevision(coupling, found);
  }
}

/**
 * Reports which fields of a plug do not match the CRD.
 * If the API server rejects the status of such an object, an Event reports it.
 */
function sayMalformed({ plug, status, object, clock }: Coupling, message: string): Decision<PlugStatus> {
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "malformed", message }),
    mayBeRefused: true,
    notices: [{ about: object, type: "Warning", reason: "InvalidInput", message }],
    told: { kind: "fact", fact: "plug.failed", message },
  };
}

function wait(coupling: Coupling, found: Extract<Found, { kind: "waiting" }>): Decision<PlugStatus> {
  const { said, seen } = found;
  const { plug, status: before, clock } = coupling;
  const calm = recovered(plug, withoutFailureOf(stage, checked(coupling, seen)), clock.now);
  const status = say(plug, calm, clock.now, { kind: "waiting", ...said });
  const forgotten = status.snapshot === undefined ? before.snapshot : undefined;
  return {
    kind: "record",
    status,
    // Finished, not removed: whatever the status claims, the objects of that snapshot are checked once more.
    afterwards: forgotten === undefined ? [] : [{ kind: "finish snapshot", name: forgotten, now: clock.now }],
    told: { kind: "fact", fact: "plug.config-resolved", message: `${said.reason}: ${said.message}` },
  };
}

/** Does not record the versions: when the time has come, the newest state is resolved. */
function holdRevision(
  { plug, status: before, clock }: Coupling,
  { at, moved }: Extract<Found, { kind: "too soon" }>,
): Decision<PlugStatus> {
  const calm = recovered(plug, withoutFailureOf(stage, before), clock.now);
  const status = withRevisionWaiting(calm, clock.now, at);
  const said = messages.tooManyRevisions(timestamp(at), moved.map(nameOfRef));
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "waiting", ...said }),
    told: { kind: "fact", fact: "plug.config-resolved", message: `${said.reason}: ${said.message}` },
  };
}

function recordAsItWas(
  coupling: Coupling,
  { seen, notices }: Extract<Found, { kind: "as it was" }>,
): Decision<PlugStatus> {
  const { plug, clock } = coupling;
  const status = say(plug, resolvedStatus(coupling, seen), clock.now, { kind: "resolved" });
  return { kind: "record", status: settled(coupling, status), notices, told: unchanged };
}

/** A coupling that had been held and is unchanged: ready again. */
function settled(coupling: Coupling, status: PlugStatus): PlugStatus {
  const { plug, clock } = coupling;
  const { performed, revision } = status;
  if (performed?.revision !== revision || !hasResult(status)) return resumed(coupling, status);
  return isContested(status, clock.now)
    ? status
    : say({ ...plug, status }, status, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

/** A held plug continues. */
function resumed({ plug, status: before, clock }: Coupling, status: PlugStatus): PlugStatus {
  if (before.held === undefined) return status;
  const kind = status.performed === undefined ? "coupling" : "updating";
  return say({ ...plug, status }, status, clock.now, { kind, message: messages.goingOn });
}
