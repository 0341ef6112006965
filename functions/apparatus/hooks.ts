import { apiVersion } from "../../crds/names.ts";
import type { PlugHook } from "../../crds/plug/plug.generated.ts";
import type { Json, ObjectKey } from "../../kit/kube/port.ts";
import type { Ledger } from "../../kit/performing/perform.ts";
import type { EffectStep, Tolerance } from "../../kit/performing/steps.ts";
import { plainValues, type Side, secretsOf, textValues } from "../rendering/values.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { ApparatusOwner } from "./apparatus-objects.ts";

/** A hook to be called, as data. */
export interface HookCall {
  readonly kind: "hook";
  readonly owner: ApparatusOwner;
  readonly hook: PlugHook;
  readonly body: { readonly [field: string]: Json };
  readonly idempotencyKey: string;
  /** The sensitive texts in the body. They are removed from the apparatus' answer. */
  readonly secrets: readonly string[];
}

export type HookStep = EffectStep<HookCall>;

/**
 * The step that calls a hook.
 * It waits if the apparatus must start first.
 * Safe to repeat: the idempotency key stays the same.
 */
export function hookStep(call: Omit<HookCall, "kind">, tolerance: Tolerance): HookStep {
  const { owner, hook } = call;
  return {
    kind: "effect",
    tolerance,
    target: keyOfOwner(owner),
    effect: { kind: "hook", ...call },
    entry: hook,
  };
}

/** The key of the plug or socket that owns the apparatus. */
export function keyOfOwner({ apiVersion: version, side, namespace, name }: ApparatusOwner): ObjectKey {
  return { apiVersion: version, kind: side === "plug" ? "Plug" : "Socket", namespace, name };
}

/**
 * The hook of one side of a coupling for an event of its snapshot; undefined if the side has none, or it answered for
 * this revision already.
 */
export function couplingHook(
  snapshot: Snapshot,
  of: {
    readonly side: Side;
    readonly event: PlugHook["event"];
    readonly called: readonly PlugHook[] | undefined;
    readonly tolerance: Tolerance;
  },
): HookStep | undefined {
  const { side, event, called, tolerance } = of;
  const { revision, outcome } = snapshot;
  const apparatus = outcome.hooks?.apparatus[side];
  if (outcome.hooks === undefined || apparatus === undefined) return undefined;
  const hook = { revision, side, event };
  if (isCalled(called, hook)) return undefined;
  const { config, hooks } = outcome;
  return hookStep(
    {
      owner: { ...snapshot[side], apiVersion, side, apparatus },
      hook,
      body: {
        version: "1",
        plug: hooks.plug,
        socket: hooks.socket,
        plugConfig: plainValues(textValues(config.plug)),
        socketConfig: plainValues(textValues(config.socket)),
      },
      idempotencyKey: [snapshot.plug.uid, snapshot.socket.uid, revision, side, event].join("."),
      secrets: secretsOf(config.plug, config.socket),
    },
    tolerance,
  );
}

/** Whether the status records that a hook answered. */
export function isCalled(called: readonly PlugHook[] | undefined, { revision, side, event }: PlugHook): boolean {
  return (called ?? []).some((one) => one.revision === revision && one.side === side && one.event === event);
}

/** Where a plan records the hooks that answered. Those of other revisions are dropped. */
export function ledgerOf(called: readonly PlugHook[] | undefined, revision: number): Ledger {
  return { field: "hooks", entries: (called ?? []).filter((hook) => hook.revision === revision) };
}
