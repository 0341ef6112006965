import { lookup } from "node:dns/promises";
import { writeJson } from "../../kit/encoding/exact-json.ts";
import { OperatorError, Timeout, Unavailable } from "../../kit/errors.ts";
import { parseAllowedHosts } from "../../kit/http/allowed-hosts.ts";
import { systemDial } from "../../kit/http/pinned-http.ts";
import type { ObjectKey } from "../../kit/kube/port.ts";
import { blankerOf } from "../../kit/outlet/blanker.ts";
import type { StepResult } from "../../kit/performing/steps.ts";
import type { StageContext } from "../stage.ts";
import type { ApparatusOwner } from "./apparatus-objects.ts";
import { type ApparatusAccess, type ApparatusCall, type CallTarget, callApparatus } from "./call-apparatus.ts";
import { type HookStep, keyOfOwner } from "./hooks.ts";
import { type Provision, provideApparatus } from "./provide-apparatus.ts";

/** The result of using an apparatus. */
export type Use =
  | { readonly kind: "answered"; readonly text: string; readonly key: ObjectKey; readonly title: string }
  | Extract<Provision, { kind: "awaiting" }>;

/**
 * Access to apparatuses over the network.
 * Names are looked up as this machine does.
 * The listed hosts may be called in addition to Services.
 * @throws InvalidInput naming an invalid entry
 */
export function networkAccess({
  allowHosts = [],
  timeoutMilliseconds = 10_000,
}: {
  readonly allowHosts?: readonly string[] | undefined;
  readonly timeoutMilliseconds?: number | undefined;
} = {}): ApparatusAccess {
  return {
    dial: systemDial,
    resolve: async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address),
    allowed: parseAllowedHosts(allowHosts),
    timeoutMilliseconds,
    answered: new Set(),
  };
}

/**
 * Calls an apparatus if it can be called; pings it first if it has not answered this process yet.
 * Safe to repeat.
 * @throws OperatorError
 */
export async function useApparatus(
  context: StageContext,
  owner: ApparatusOwner,
  call: ApparatusCall & { readonly secrets: readonly string[] },
): Promise<Use> {
  const access = context.apparatus ?? networkAccess();
  const around = { kube: context.live, allowed: access.allowed, now: context.clock.now() };
  const provision = await provideApparatus(owner, around);
  if (provision.kind === "awaiting") return provision;
  const { target, key, incarnation } = provision;
  const tools = {
    clock: context.clock,
    access,
    random: context.random,
    trace: context.trace,
    blanked: blankerOf(call.secrets),
  };
  const heard = `${target.host}:${target.port}${target.path} ${incarnation}`;
  try {
    if (!access.answered.has(heard)) await ping(target, tools);
    remember(access.answered, heard);
    return { kind: "answered", text: await callApparatus(target, call, tools), key, title: titleOf(owner) };
  } catch (error) {
    if (error instanceof Unavailable || error instanceof Timeout) access.answered.delete(heard);
    throw error;
  }
}

/** Any answer except success means that it is not ready yet. */
async function ping(target: CallTarget, tools: Parameters<typeof callApparatus>[2]): Promise<void> {
  try {
    await callApparatus(target, { method: "GET", path: "/ping" }, tools);
  } catch (error) {
    if (!(error instanceof OperatorError) || error.name !== "Refused") throw error;
    throw new Unavailable(`it is not ready yet: ${error.message}`, { cause: error });
  }
}

function remember(answered: Set<string>, heard: string): void {
  if (answered.size >= 10_000) answered.clear();
  answered.add(heard);
}

function titleOf({ side, namespace, name }: ApparatusOwner): string {
  return `the apparatus of ${side} ${namespace}/${name}`;
}

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
