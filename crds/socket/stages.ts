import type { StagesOfKind } from "../../kit/loop/stage.ts";
import { apiVersion } from "../names.ts";

/** The stages of a socket. */
export const socketStages = ["socket.create", "socket.sync", "socket.delete"] as const;

export type SocketStageName = (typeof socketStages)[number];

const facts = ["socket.created", "socket.synced", "socket.waiting", "socket.deleted", "socket.failed"] as const;

export const ofSockets: StagesOfKind<SocketStageName, (typeof facts)[number]> = {
  object: { apiVersion, kind: "Socket" },
  stages: socketStages,
  facts,
};
