import type { KubeObject } from "../../kit/kube/port.ts";
import { withSocketFields } from "../parsing/former-status.ts";
import { parseStored, salvageStored, storedKind } from "../parsing/parse-stored.ts";
import { type Socket, socketSchema } from "./socket.generated.ts";

const stored = storedKind("Socket", socketSchema);

/** Parses a Socket. Ignores fields that the schema does not name. @throws InvalidInput naming every invalid field */
export function parseSocket(object: unknown): Socket {
  return parseStored(stored, object) as Socket;
}

const known = new WeakMap<object, Socket>();

/**
 * Reads a socket as a cluster holds it.
 * Fields that do not match the schema are left out and named in `metadata.problems`.
 * Each object is read once: a socket lists its plugs, and each stage of each plug reads it.
 * @throws InvalidInput if even its identity is invalid
 */
export function readSocket(object: KubeObject): Socket {
  const before = known.get(object);
  if (before !== undefined) return before;
  const salvaged = salvageStored(stored, object) as Socket;
  const { status } = salvaged;
  const fields = status === undefined ? undefined : withSocketFields(status);
  const socket = fields === status ? salvaged : { ...salvaged, ...(fields && { status: fields }) };
  known.set(object, socket);
  return socket;
}
