import { parentPort, workerData } from "node:worker_threads";
import { letCrowdPass } from "./crowd.ts";

// On a thread of its own, outside the test runner's sandbox: there facts are compared with what is shown, which long tests leave out.
parentPort?.postMessage(await letCrowdPass(workerData.count, workerData.waves));
