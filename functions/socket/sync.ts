import * as messages from "../../crds/messages.ts";
import { type Claim, type OurNotice, sayNotServed } from "../../crds/messages.ts";
import { isServed, notServed } from "../../crds/namespace/served.ts";
import { reasonOf } from "../../crds/reasons.ts";
import { takeCensus } from "../../crds/socket/census.ts";
import { isCreationDue } from "../../crds/socket/next-stage.ts";
import type { SocketStatus } from "../../crds/socket/socket.generated.ts";
import type { StageRequest } from "../../crds/stage-names.ts";
import { isTrue } from "../../kit/conditions.ts";
import { Conflict } from "../../kit/errors.ts";
import { shared } from "../../kit/shared.ts";
import type { WrittenWrong } from "../render-jobs/check-plug.ts";
import { noticesOf } from "../rendering/remarks.ts";
import { sayOfOwner } from "../resources/owner-status.ts";
import { adoptedIn } from "../resources/plan-removal.ts";
import { defineStage } from "../run-stage.ts";
import type { Decision, Failure, Stage, StageContext } from "../stage.ts";
import { observeSocket, type SocketView, whySocketNotDue, withRecorded } from "./observe.ts";

const stage = "socket.sync";

/**
 * Records the coupled plugs, and grants the places of a socket with a limit: the only stage that does.
 * Safe to repeat.
 */
export const syncSocket: Stage = defineStage<SocketStatus, SocketView, Found>({
  stage,
  about: "socket",
  observe,
  whyNotDue: (socket) => whySocketNotDue(stage, socket),
  find,
  decide,
  fail: failed,
});

/** Adds the snapshots that hold places, if these are limited. Read live, so that no place is granted twice. */
async function observe(context: StageContext, request: StageRequest): Promise<SocketView | undefined> {
  const view = await withRecorded(context, await observeSocket(context, request));
  if (view?.socket.spec.limit === undefined) return view;
  return { ...view, heads: await context.snapshots.headsAt(view.socket.metadata) };
}

/** The modules that only a due sync needs, loaded once. */
export const loadSyncing: () => Promise<typeof import("../takeover/adopt-socket.ts")> = shared(
  () => import("../takeover/adopt-socket.ts"),
);

async function find(context: StageContext, view: SocketView): Promise<Found> {
  const { adoptSocket } = await loadSyncing();
  const rendering = context.renderer.begin(view.socket.metadata.namespace);
  const wrong = whyNotReady(context, view) ?? (await rendering.run("checkSocket", view.socket));
  const remarks = wrong === undefined ? await rendering.run("unnamedReferences", view.socket) : [];
  return {
    adopted: await adoptSocket(context, view.socket),
    wrong,
    notices: noticesOf(remarks, { plug: undefined, socket: view.socket }),
  };
}

interface Found {
  /** The fields that the status of a socket of integration-operator lacks. */
  readonly adopted: SocketStatus;
  /** Why the socket accepts no plugs. */
  readonly wrong: WrittenWrong | undefined;
  /** Warnings for the owner of the socket. */
  readonly notices: readonly OurNotice[];
}

function decide(view: SocketView, { adopted, wrong, notices }: Found): Decision<SocketStatus> {
  const { coupledPlugs, coupledPlugCount, places, onTheirWay } = takeCensus(view);
  const { places: _places, held: _before, ...status } = view.status;
  const next: SocketStatus = {
    ...status,
    ...adopted,
    coupledPlugs,
    coupledPlugCount,
    ...(places === undefined ? {} : { places }),
    ...(isServed(view.socket.metadata.namespace, view.serving) ? {} : { held: heldAs(view) }),
  };
  const coupled = messages.plugsCoupled(coupledPlugCount, onTheirWay);
  const refs = adopted.refs ?? [];
  return {
    kind: "record",
    first: refs.length === 0 ? [] : [{ kind: "keep adopted", owner: view.socket, adopted: adoptedIn(refs) }],
    status: sayOfOwner(view, next, [
      { type: "Coupled", status: coupledPlugCount > 0 ? "True" : "False", ...coupled },
      ...recovery(view),
      readyClaim(wrong),
    ]),
    notices,
    told: { kind: "fact", fact: "socket.synced", message: coupled.message },
  };
}

function heldAs({ socket: { metadata } }: SocketView): NonNullable<SocketStatus["held"]> {
  const { generation } = metadata;
  return { reason: notServed, ...(generation === undefined ? {} : { generation }) };
}

function whyNotReady(context: StageContext, { socket: { metadata } }: SocketView): WrittenWrong | undefined {
  if (isServed(metadata.namespace, context)) return undefined;
  return sayNotServed(metadata.namespace, context);
}

function readyClaim(wrong: WrittenWrong | undefined): Claim {
  if (wrong !== undefined) return { type: "Ready", status: "False", reason: wrong.reason, message: wrong.message };
  return { type: "Ready", status: "True", ...messages.takesPlugs };
}

/** Clears Failed, unless another stage of the socket may still fail. */
function recovery({ socket, status }: SocketView): readonly Claim[] {
  const fails = isTrue(status, "Failed");
  const anothers =
    status.failure !== undefined || isCreationDue(socket) || socket.metadata.deletionTimestamp !== undefined;
  if (!fails || anothers) return [];
  return [{ type: "Failed", status: "False", reason: "Synced", message: messages.nothingFailed }];
}

/** Keeps the old observedGeneration, so that the stage stays due. */
function failed(view: SocketView, status: SocketStatus, { error, message: text }: Failure): SocketStatus {
  if (error instanceof Conflict) return status;
  const message = messages.failure(text, error);
  const said = sayOfOwner(view, status, [
    { type: "Failed", status: "True", reason: "Error", message },
    { type: "Ready", status: "False", reason: reasonOf(error), message: `${stage}: ${message}` },
  ]);
  return { ...said, observedGeneration: status.observedGeneration };
}
