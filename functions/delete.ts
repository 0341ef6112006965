import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { StageContext } from "./context.ts";
import { observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { performDeleted, release } from "./own-resources.ts";
import { observeOwner } from "./owner.ts";

/** Ends a plug that is being deleted and not coupled: `deleted`, what `created` made, its snapshots finished and keys forgotten, then the finalizer. Safe to repeat. */
export async function deletePlug(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  const owner = await observeOwner(context, request);
  if (coupling === undefined || owner === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue("plug.delete", coupling);
  if (notDue !== undefined) return { kind: "nothing", why: notDue };
  const kept = await context.snapshots.seenKept(owner.resource.metadata);
  const unfinished = await performDeleted(context, owner, "plug.delete");
  if (unfinished !== undefined) return unfinished;
  await finishSnapshots(context, owner.resource.metadata);
  await context.snapshots.forgetKept(owner.resource.metadata, kept);
  return release(context, owner);
}

/** So that nobody takes them for those of a plug that was lost: a plug of that name made later starts anew. */
async function finishSnapshots(
  { snapshots, clock }: StageContext,
  plug: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const heads = await snapshots.heads(plug);
  await Promise.all(
    heads.filter(({ finishedAt }) => finishedAt === undefined).map(({ name }) => snapshots.finish(name, clock.now())),
  );
}
