import type { Effect, Step } from "../../functions/resources/own-effects.ts";
import type { Upkeep } from "../../functions/snapshot/upkeep.ts";
import type { Decision } from "../../functions/stage.ts";
import type { ServiceAccountName } from "../../kit/kube/port.ts";
import { targetOf } from "../../kit/performing/steps.ts";

/** Describes what a stage would do: which objects, with which service account. Omits their contents. */
export function describeDecision(decision: Decision<object>): readonly string[] {
  switch (decision.kind) {
    case "nothing":
      return [`nothing: ${decision.why}`];
    case "record":
      return [
        ...upkeep(decision.first),
        `write its status, for ${decision.told.fact}: ${decision.told.message}`,
        ...upkeep(decision.afterwards),
      ];
    case "perform":
      return [
        ...upkeep(decision.first),
        ...(decision.finalizer !== undefined && "add" in decision.finalizer ? ["add the finalizer"] : []),
        ...(decision.plan?.steps ?? []).map(describeStep),
        ...(decision.plan === undefined ? [] : ["write its status"]),
        ...(decision.finalizer !== undefined && "remove" in decision.finalizer ? ["remove the finalizer"] : []),
      ];
    case "keep up":
      return upkeep(decision.tasks);
    case "take":
      return decision.steps.map(describeStep);
    case "fail":
      return [`fail: ${decision.error.name}: ${decision.error.message}`];
  }
}

function upkeep(tasks: readonly Upkeep[] = []): readonly string[] {
  return tasks.map(describeUpkeep);
}

function describeUpkeep(task: Upkeep): string {
  switch (task.kind) {
    case "write snapshot":
      return `write snapshot ${task.secret.metadata.name}`;
    case "relabel":
      return `label ${task.key.kind} ${pathOf(task.key)} as part of this coupling${asWho(task.as)}`;
    case "store keys":
      return `store the generated keys of plug ${pathOf(task.keys.plug)}`;
    case "forget keys":
      return `delete the generated keys of plug ${pathOf(task.plug)}`;
    case "mark snapshots":
      return `mark the snapshots of the plug with uid ${task.plugUid}`;
    case "name made":
      return `name ${task.made.map(({ kind, name }) => `${kind} ${name}`).join(", ")} in snapshot ${task.name}`;
    case "finish snapshots":
      return `finish the snapshots of plug ${pathOf(task.plug)}`;
    case "keep adopted":
    case "forget adopted":
      return `${task.kind === "keep adopted" ? "record" : "forget"} what ${task.owner.kind} ${pathOf(task.owner.metadata)} took over`;
    default:
      return `${task.kind} ${task.name}`;
  }
}

function describeStep(step: Step): string {
  const target = targetOf(step);
  const what = `${target.kind} ${pathOf(target)}`;
  switch (step.kind) {
    case "effect":
      return describeEffect(step.effect, what);
    case "leave":
      return step.waits ? `wait until ${what} is deleted` : `leave ${what} as it is`;
    case "remove":
      return `delete ${what} if Plugboard still owns it${asWho(step.as)}`;
    case "withdraw":
      return `remove Plugboard's fields from ${what}${asWho(step.as)}`;
    default:
      return `${step.kind} ${what}${asWho(step.as)}`;
  }
}

function describeEffect(effect: Effect, what: string): string {
  switch (effect.kind) {
    case "hook":
      return `call the apparatus of ${what}: POST /${effect.hook.event}`;
    case "leave shared":
      return `delete ${what} unless another coupling shares it`;
    case "keep up":
      return describeUpkeep(effect.task);
  }
}

function pathOf({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function asWho(as: ServiceAccountName | undefined): string {
  return as === undefined ? "" : ` as service account ${pathOf(as)}`;
}
