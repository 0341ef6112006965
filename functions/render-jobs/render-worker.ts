import { parentPort } from "node:worker_threads";
import { Budget } from "../../templates/evaluate/budget.ts";
import { doJob } from "./render-jobs.ts";
import { failureAsData, type RenderAnswer, type RenderOrder } from "./render-messages.ts";

/* The thread that does what takes too long for the event loop: one order after the other. */

parentPort?.on("message", (order: RenderOrder) => {
  void answer(order).then((said) => parentPort?.postMessage(said));
});

async function answer({ name, input, spent }: RenderOrder): Promise<RenderAnswer> {
  const budget = new Budget(spent);
  try {
    return { kind: "done", value: await doJob(name, input, budget), spent: budget.spent };
  } catch (error) {
    return { kind: "failed", failure: failureAsData(error) };
  }
}
