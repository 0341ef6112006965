import type { KubeObject } from "../../kit/kube/port.ts";
import { withSocketFields } from "../parsing/former-status.ts";
import { parseStored, salvageStored, storedKind } from "../parsing/parse-stored.ts";
import { type Socket, socketSchema } from "./socket.generated.ts";

const stored = storedKind("Socket", socketSchema);

/** The Socket as its types have it. Fields that no schema names are ignored. @throws InvalidInput naming every field that is wrong */
export function parseSocket(object: unknown): Socket {
  return parseStored(stored, object) as Socket;
}

const known = new WeakMap<object, Socket>();

/**
 * A socket as a cluster holds it: what is not as its schema has it is left out, and named in `metadata.problems`. What was read is read once:
 * a socket lists its plugs, and each stage of each of them reads it. @throws InvalidInput when not even its identity can be read
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
