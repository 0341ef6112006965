import { creating } from "../resources/created-and-deleted-stages.ts";
import { defineStage } from "../run-stage.ts";
import type { Stage } from "../stage.ts";
import { ofSocket } from "./observe.ts";

const socket = ofSocket("socket.create");

/** Adds the finalizer to a socket, then performs its `created` hook and resources. Safe to repeat. */
export const createSocket: Stage = defineStage({ ...socket, ...creating(socket.stage) });
