import { type Socket, socketSchema } from "./generated/socket.ts";
import { parseStored, storedKind } from "./parse-stored.ts";

const stored = storedKind("Socket", socketSchema);

/** The Socket as its types have it. Fields that no schema names are ignored. @throws InvalidInput naming every field that is wrong */
export function parseSocket(object: unknown): Socket {
  return parseStored(stored, object) as Socket;
}
