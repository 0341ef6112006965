import { keyText } from "../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import type { Sight } from "../../kit/loop/references.ts";
import { absent, sameVersion, versionSeen } from "../../kit/loop/versions.ts";
import { digest } from "../due/told.ts";
import { apiVersion } from "../names.ts";
import type { Plug, PlugRef } from "../plug/plug.generated.ts";
import type { Socket } from "../socket/socket.generated.ts";
import type { StageName } from "../stage-names.ts";
import { isReady } from "./standing.ts";
import { versionOfOwner } from "./versions.ts";

/** What the caller knows about the objects that a status references. */
export type Evidence =
  /** The caller watched or read the objects and knows their versions. */
  | { readonly kind: "seen"; readonly see: (ref: PlugRef) => Sight }
  /** The stage has not read the objects. Its request says that an object on which `stage` depends changed. */
  | { readonly kind: "told"; readonly stage: StageName }
  /** The caller read only the object itself and knows of no other change. */
  | { readonly kind: "none" };

/** A reference with its default apiVersion if it names none. */
export function referred<Ref extends Pick<PlugRef, "apiVersion" | "kind">>(
  ref: Ref,
): Ref & { readonly apiVersion: string } {
  const ours = ref.kind === "Plug" || ref.kind === "Socket";
  return { ...ref, apiVersion: ref.apiVersion ?? (ours ? apiVersion : "v1") };
}

/** The references of one role. */
export function refsOf(plug: Plug, role: PlugRef["role"]): readonly PlugRef[] {
  return (plug.status?.refs ?? []).filter((ref) => ref.role === role);
}

/** Whether the status of an object lists what was applied under a key. */
export function listsApplied({ status }: KubeObject, key: ObjectKey): boolean {
  const refs: unknown = typeof status === "object" && status !== null && "refs" in status ? status.refs : undefined;
  return Array.isArray(refs) && refs.some((ref) => ref.role === "applied" && keyText(ref) === keyText(key));
}

/**
 * The version of a socket for plugs.
 * It includes what they wait for: the end of its `created` stage, and its deletion.
 */
export function versionOfSocket(socket: Socket | undefined): string {
  if (socket === undefined) return absent;
  const marks = [
    isReady(socket) ? "ready" : `unready ${digest([saysOfItself(socket) ?? ""])}`,
    socket.metadata.deletionTimestamp === undefined ? "stays" : "leaves",
  ];
  return versionOfOwner(socket.metadata, marks);
}

/**
 * The longest text of a socket's condition that its plugs repeat: a user with access to the status can write anything.
 */
const longestSaying = 1_000;

/**
 * Why a socket is not ready: reason and message of its condition, cut at 1,000 characters; undefined if it has none
 * yet.
 */
export function saysOfItself({ status }: Socket): string | undefined {
  const ready = (status?.conditions ?? []).find(({ type, status: value }) => type === "Ready" && value === "False");
  return ready === undefined ? undefined : `${ready.reason}: ${ready.message}`.slice(0, longestSaying).toWellFormed();
}

/**
 * The plug's situation at a socket with a limit: it has a place, others have all places, or the places are not granted
 * yet.
 */
export function versionOfPlace(socket: Socket | undefined, plug: Plug): string {
  const limit = socket?.spec.limit;
  if (limit === undefined) return "unlimited";
  if (socket?.status?.places?.includes(plug.metadata.uid ?? "")) return "granted";
  return isFull(socket) ? absent : "open";
}

/** Whether all places of a socket with a limit are granted. */
export function isFull(socket: Socket | undefined): boolean {
  const limit = socket?.spec.limit;
  return limit !== undefined && (socket?.status?.places ?? []).length >= limit;
}

/** Whether the plug may take a place of the socket now. */
export function hasPlace(socket: Socket | undefined, plug: Plug): boolean {
  return ["unlimited", "granted"].includes(versionOfPlace(socket, plug));
}

/** Whether the referenced object is known to have changed since the reference was recorded. */
export function hasChanged(ref: PlugRef, evidence: Evidence): boolean {
  switch (evidence.kind) {
    case "seen":
      return differs(ref, evidence.see(ref));
    case "told":
      return concerns(ref, evidence.stage);
    case "none":
      return false;
  }
}

/** Whether a change of the referenced object makes the stage due. */
export function concerns(ref: Pick<PlugRef, "role" | "entry" | "stage">, stage: StageName): boolean {
  switch (ref.role) {
    case "input":
      return stage === "plug.resolve-config";
    case "result":
      return stage === "plug.template-result";
    case "awaited":
      return ref.stage === stage;
    case "applied":
      return stage === (ref.entry === "result" ? "plug.template-result" : "plug.repair");
  }
}

/** Whether an object is known to differ from what the reference recorded; false if nothing is known about it. */
export function differs(ref: PlugRef, sight: Sight): boolean {
  if (!sight.known || ref.version === undefined) return false;
  if (ref.uid !== undefined && sight.metadata !== undefined && sight.metadata.uid !== ref.uid) return true;
  return !sameVersion(ref.version, versionSeen(ref.version, sight.metadata, sight.applied));
}
