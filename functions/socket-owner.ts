import { observeSocket, type SocketView, whySocketNotDue } from "./observe-socket.ts";
import type { OwnerStatus } from "./owner.ts";
import type { StageDefinition } from "./run-stage.ts";

/** The parts that `socket.create` and `socket.delete` share. */
export function ofSocket<Stage extends "socket.create" | "socket.delete">(
  stage: Stage,
): Pick<StageDefinition<OwnerStatus, SocketView, never>, "about" | "observe" | "whyNotDue"> & {
  readonly stage: Stage;
} {
  return { stage, about: "socket", observe: observeSocket, whyNotDue: (socket) => whySocketNotDue(stage, socket) };
}
