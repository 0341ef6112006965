import { creating } from "../resources/create-and-delete.ts";
import { defineStage, type Stage } from "../run-stage.ts";
import { ofSocket } from "./observe.ts";

const socket = ofSocket("socket.create");

/** Adds the finalizer to a socket, then performs its `created` hook and resources. Safe to repeat. */
export const createSocket: Stage = defineStage({ ...socket, ...creating(socket.stage) });
