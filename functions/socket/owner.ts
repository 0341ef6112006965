import type { OwnerStatus } from "../resources/owner.ts";
import type { StageDefinition } from "../run-stage.ts";
import { observeSocket, type SocketView, whySocketNotDue } from "./observe.ts";

/** The parts that `socket.create` and `socket.delete` share. */
export function ofSocket<Stage extends "socket.create" | "socket.delete">(
  stage: Stage,
): Pick<StageDefinition<OwnerStatus, SocketView, never>, "about" | "observe" | "whyNotDue"> & {
  readonly stage: Stage;
} {
  return { stage, about: "socket", observe: observeSocket, whyNotDue: (socket) => whySocketNotDue(stage, socket) };
}
