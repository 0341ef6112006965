import type { ObjectMeta } from "../../kit/kube/port.ts";
import type { Plug } from "../plug/plug.generated.ts";
import { snapshotsOf } from "./head.ts";

/** The name of a plug whose coupling keeps keys. */
export interface KeyOwner {
  readonly namespace: string;
  readonly name: string;
}

/** The Secret of a coupling's keys as it is watched: its metadata. */
export interface SeenKeptKeys {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Digest of the plug's namespace and name. */
  readonly of: string;
}

/** The label of the Secret that holds the keys of a plug's coupling: a digest of the plug's namespace and name. */
export const keptKeysLabel = "integration.rock8s.com/keys-of";

/** The annotation of that Secret: `namespace/name` of the plug. */
export const keptKeysOwner = "integration.rock8s.com/keys-of-plug";

/** The name of the Secret that holds the keys of a plug's coupling. */
export function keptKeysName(plug: KeyOwner): string {
  return `plugboard-${snapshotsOf(plug)}-kept`;
}

/** Whether a Secret of that name can hold the keys of a coupling. */
export function isKeptKeysName(name: string): boolean {
  return name.endsWith("-kept");
}

/**
 * The plug that the Secret names.
 * Undefined if the Secret of that plug's keys has another name: then an older Plugboard wrote this one, or nobody of
 * ours.
 */
export function readKeyOwner({ name: itsName, annotations }: ObjectMeta): KeyOwner | undefined {
  const [namespace = "", name = ""] = (annotations?.[keptKeysOwner] ?? "").split("/");
  return itsName === keptKeysName({ namespace, name }) ? { namespace, name } : undefined;
}

/**
 * Whether nothing accounts for the keys of a plug: no snapshot records a coupling of it, and its status names none.
 * While there is a snapshot, its sweep removes the keys.
 */
export function areKeysOrphaned(plug: Plug | undefined, snapshots: number): boolean {
  const { snapshot, performed } = plug?.status ?? {};
  return snapshots === 0 && snapshot === undefined && performed === undefined;
}
