import type { Socket, SocketStatus } from "../crds/generated/socket.ts";
import { apiVersion } from "../crds/names.ts";
import { readSocket } from "../crds/parse-socket.ts";
import { isServed, notServed, sayNotServed } from "../crds/served-namespaces.ts";
import { nextSocketStage, takeCensus } from "../crds/socket-status.ts";
import type { SocketStageName } from "../crds/stage-names.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { ConditionClaim } from "../kit/conditions.ts";
import { recordStatus } from "../kit/perform.ts";
import { shared } from "../kit/shared.ts";
import type { WrittenWrong } from "./check-written.ts";
import { claimClock, type StageContext } from "./context.ts";
import { observeSurroundings, type Surroundings } from "./observe-socket.ts";
import { performCreated, performDeleted, release } from "./own-resources.ts";
import { type Owner, observeOwner, sayOfOwner } from "./owner.ts";

/** Takes a socket under our care: the finalizer, then what is to be `created`. Safe to repeat. */
export function createSocket(context: StageContext, request: StageRequest): Promise<StageReply> {
  return whenDue(context, request, "socket.create", () => performCreated(context, request, "socket.create"));
}

/** Ends a socket that is being deleted, once no plug is coupled to it any more. Safe to repeat. */
export function deleteSocket(context: StageContext, request: StageRequest): Promise<StageReply> {
  return whenDue(context, request, "socket.delete", async (owner) => {
    if (await isCoupledTo(context, owner.resource.metadata.uid))
      return { kind: "nothing", why: "plugs are coupled to it" };
    return (await performDeleted(context, owner, "socket.delete")) ?? release(context, owner);
  });
}

/** What only sync takes, loaded once. */
export const loadSyncing: () => Promise<[typeof import("./check-written.ts"), typeof import("./adopt-socket.ts")]> =
  shared(() => Promise.all([import("./check-written.ts"), import("./adopt-socket.ts")]));

/** Says who is coupled, and grants the places of a limited socket: the only one that does. Safe to repeat. */
export function syncSocket(context: StageContext, request: StageRequest): Promise<StageReply> {
  return whenDue(context, request, "socket.sync", async (owner, { socket, plugs, namespaceOf }) => {
    const census = takeCensus({ socket, plugs, namespaceOf });
    const { places: _places, held: _before, ...status } = socket.status ?? {};
    const held = isServed(socket.metadata.namespace, context) ? {} : { held: heldAs(socket) };
    const { coupledPlugs, coupledPlugCount, places } = census;
    // Only here are templates looked at, which creating and deleting a socket do not load.
    const [{ checkSocket }, { adoptSocket }] = await loadSyncing();
    const next: SocketStatus = {
      ...status,
      ...(await adoptSocket(context, owner, socket)),
      coupledPlugs,
      coupledPlugCount,
      ...(places === undefined ? {} : { places }),
      ...held,
    };
    const written = await recordStatus(
      owner.object,
      sayOfOwner(owner, next, context.clock.now(), [
        coupledClaim(coupledPlugCount),
        readyClaim(whyNotReady(context, socket) ?? checkSocket(socket)),
      ]),
      context,
    );
    if (written === undefined) return { kind: "nothing", why: "the socket was changed since it was read" };
    return { kind: "fact", fact: "socket.synced", message: plugsCoupled(coupledPlugCount) };
  });
}

function heldAs({ metadata: { generation } }: Socket): NonNullable<SocketStatus["held"]> {
  return { reason: notServed, ...(generation === undefined ? {} : { generation }) };
}

function whyNotReady(context: StageContext, { metadata }: Socket): WrittenWrong | undefined {
  if (isServed(metadata.namespace, context)) return undefined;
  return { reason: notServed, message: sayNotServed(metadata.namespace, context) };
}

function coupledClaim(count: number): ConditionClaim {
  return count > 0
    ? { type: "Coupled", status: "True", reason: "SocketCoupled", message: plugsCoupled(count) }
    : { type: "Coupled", status: "False", reason: "SocketEmpty", message: plugsCoupled(count) };
}

function readyClaim(wrong: WrittenWrong | undefined): ConditionClaim {
  if (wrong !== undefined) return { type: "Ready", status: "False", reason: wrong.reason, message: wrong.message };
  return { type: "Ready", status: "True", reason: "Ready", message: "takes plugs" };
}

function plugsCoupled(count: number): string {
  return count === 1 ? "1 plug coupled" : `${count} plugs coupled`;
}

async function whenDue(
  context: StageContext,
  request: StageRequest,
  stage: SocketStageName,
  perform: (owner: Owner, surroundings: Surroundings) => Promise<StageReply>,
): Promise<StageReply> {
  const owner = await observeOwner(context, request);
  if (owner === undefined) return { kind: "nothing", why: "there is no such socket" };
  const socket = readSocket(owner.object);
  const surroundings = await observeSurroundings(context, socket);
  const due = nextSocketStage({
    ...surroundings,
    clock: claimClock(context),
    evidence: { kind: "told", stage },
    serving: context,
  });
  if (due.stage !== stage) return { kind: "nothing", why: `${due.stage ?? "nothing"} is due` };
  return perform(owner, surroundings);
}

/** Asked of the API server: a coupling that is not seen would be left behind. */
async function isCoupledTo({ live, namespaces }: StageContext, uid: string): Promise<boolean> {
  const query = {
    apiVersion,
    kind: "Plug",
    fieldSelector: `status.coupledSocket.uid=${uid}`,
    metadataOnly: true,
    limit: 1,
  };
  const lists = await Promise.all((namespaces ?? [undefined]).map((namespace) => live.list({ ...query, namespace })));
  return lists.some(({ items }) => items.length > 0);
}
