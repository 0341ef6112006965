import type { StageRequest } from "../../crds/stage-request.ts";
import type { StageContext } from "../context.ts";
import { type Coupling, observeCoupling, whyNotDue } from "../coupling/observe.ts";
import type { StageDefinition } from "../run-stage.ts";
import type { Owner, OwnerStatus } from "./owner.ts";

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
