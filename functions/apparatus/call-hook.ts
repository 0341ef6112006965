import { writeJson } from "../../kit/encoding/exact-json.ts";
import { Timeout, Unavailable } from "../../kit/errors.ts";
import type { StepResult } from "../../kit/performing/steps.ts";
import type { StageContext } from "../context.ts";
import { type HookStep, keyOfOwner } from "./hooks.ts";
import { useApparatus } from "./use-apparatus.ts";

/** Calls a hook, or returns what its apparatus waits for. @throws OperatorError */
export async function callHook(context: StageContext, { effect, tolerance }: HookStep): Promise<StepResult> {
  const { owner, hook, body, idempotencyKey, secrets } = effect;
  const call = { method: "POST", path: `/${hook.event}`, body: writeJson(body), idempotencyKey, secrets } as const;
  try {
    const use = await useApparatus(context, owner, call);
    if (use.kind === "answered") return { kind: "called", key: use.key };
    if (tolerance === "any") return { kind: "skipped", key: use.key, why: `${use.message}; Plugboard did not wait` };
    return { kind: "awaiting", key: use.key, metadata: use.metadata, why: use.message };
  } catch (error) {
    // An apparatus that is deleted with its namespace does not return.
    const passes = tolerance === "unreachable" && (error instanceof Unavailable || error instanceof Timeout);
    if (!passes) throw error;
    return { kind: "skipped", key: keyOfOwner(owner), why: error.message };
  }
}
