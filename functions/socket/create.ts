import { creating } from "../resources/own-resources.ts";
import { defineStage, type Stage } from "../run-stage.ts";
import { ofSocket } from "./observe.ts";

const socket = ofSocket("socket.create");

/** Takes a socket under our care: the finalizer, then what is to be `created`. Safe to repeat. */
export const createSocket: Stage = defineStage({ ...socket, ...creating(socket.stage) });
