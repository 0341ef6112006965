import { isPending } from "../../crds/coupling/standing.ts";
import * as messages from "../../crds/messages.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { withRevisionPaid } from "../../crds/plug/revision-pace.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Outcome } from "../../kit/performing/perform.ts";
import { warnOfNames } from "../rendering/remarks.ts";
import type { KeysToStore } from "../snapshot/key-store.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { storingSteps, type Upkeep, upkeepStep } from "../snapshot/upkeep.ts";
import type { Conclusion, Decision } from "../stage.ts";
import type { Coupling } from "./observe.ts";
import { failedStatus } from "./plug-stage.ts";
import type { NewRevision } from "./resolve-revision.ts";
import { blameInputs } from "./restlessness.ts";
import { type Saying, say, withRefs } from "./status.ts";

const stage = "plug.resolve-config";

/** Records a new revision: its snapshot first, then the status that names it. Under a claim if keys must be stored. */
export function recordRevision(coupling: Coupling, found: NewRevision): Decision<PlugStatus> {
  if (found.toStore !== undefined) return storeRevision(coupling, found, found.toStore);
  return {
    kind: "record",
    status: withRevision(coupling, found),
    first: [found.write],
    otherwise: [{ kind: "remove snapshot", name: found.name }],
    ifRefused: checked(coupling, found.seen),
    ...concludeRevision(coupling, found),
  };
}

/**
 * Stores new keys, then the snapshot that was rendered with them.
 * Under a claim: a stage whose plug was decoupled or deleted meanwhile stores neither.
 */
function storeRevision({ status }: Coupling, found: NewRevision, toStore: KeysToStore): Decision<PlugStatus> {
  const { revision } = found.snapshot;
  const steps = [...storingSteps(toStore), upkeepStep(found.write, keyOf(found.write.secret))];
  // A status without a revision would look as if it was lost: the plug would be adopted on that snapshot.
  const plan = { stage, revision, before: { revision: 0, ...status }, steps };
  return { kind: "perform", plan, otherwise: [{ kind: "remove snapshot", name: found.name }] };
}

/** The status after the plan that stores keys and snapshot. */
export function settleRevision(
  coupling: Coupling,
  found: NewRevision,
  before: PlugStatus,
  { stopped, complete }: Outcome,
): PlugStatus {
  if (stopped !== undefined) {
    const status = stopped.retryable ? before : checked(coupling, found.seen);
    return failedStatus(coupling, status, { stage, error: stopped, message: stopped.message });
  }
  return complete ? withRevision(coupling, found) : before;
}

/** What follows once the revision is recorded. */
export function concludeRevision(coupling: Coupling, found: NewRevision): Conclusion {
  const { revision } = found.snapshot;
  return {
    afterwards: superseded(coupling),
    notices: [...found.notices, ...warnOfNames(coupling, found.sensitiveNames)],
    told: { kind: "fact", fact: "plug.config-resolved", message: `revision ${revision}`, revision },
  };
}

function withRevision(coupling: Coupling, { seen, snapshot, name }: NewRevision): PlugStatus {
  const resolved = withRevisionPaid(resolvedStatus(coupling, seen), coupling.clock.now);
  // An object that the former revision awaited does not block this one.
  const refs = withRefs(resolved.refs, "awaited", []);
  const { restless: _before, ...calm } = resolved;
  const { restless } = blameInputs(coupling.status, seen);
  const { revision } = snapshot;
  const status: PlugStatus = {
    ...calm,
    ...(restless === undefined ? {} : { restless }),
    refs,
    revision,
    snapshot: name,
    ...admittedNow(coupling, snapshot),
  };
  return announce(coupling, status, snapshot);
}

/** An adopted coupling is admitted from now on. */
function admittedNow({ plug }: Coupling, { admitted }: Snapshot): Pick<PlugStatus, "admitted"> {
  return isPending(plug) ? { admitted } : {};
}

/** A resolved revision that was never performed is not needed when a newer one exists. */
function superseded({ status: { snapshot, performed } }: Coupling): readonly Upkeep[] {
  return snapshot !== undefined && snapshot !== performed?.snapshot
    ? [{ kind: "remove snapshot", name: snapshot }]
    : [];
}

/** The status with the versions that were read, and without a failure of this stage. */
export function resolvedStatus({ status: before }: Coupling, seen: readonly PlugRef[]): PlugStatus {
  const { failure, ...status } = before;
  return {
    ...status,
    ...(failure === undefined || failure.stage === stage ? {} : { failure }),
    refs: withRefs(status.refs, "input", seen),
  };
}

function announce({ plug, clock }: Coupling, status: PlugStatus, snapshot: Snapshot): PlugStatus {
  const said = say(plug, status, clock.now, { kind: "resolved" });
  const next: Saying =
    plug.status?.performed === undefined
      ? { kind: "coupling", message: messages.couplingTo(snapshot.socket) }
      : { kind: "updating", message: messages.updatingTo(snapshot.revision) };
  return say({ ...plug, status: said }, said, clock.now, next);
}

/** Records the versions. A plug that is not coupled forgets its earlier outcome. */
export function checked({ status }: Coupling, seen: readonly PlugRef[]): PlugStatus {
  const refs = withRefs(status.refs, "input", seen);
  if (status.coupledSocket !== undefined) return { ...status, refs };
  const { snapshot: _resolved, ...rest } = status;
  return { ...rest, refs };
}
