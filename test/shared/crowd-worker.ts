import { parentPort, workerData } from "node:worker_threads";
import { letCrowdPass } from "./crowd.ts";

// On a thread of its own, outside the test runner's sandbox, in which ten thousand lives take four times as long.
parentPort?.postMessage(await letCrowdPass(workerData.count, workerData.waves));
