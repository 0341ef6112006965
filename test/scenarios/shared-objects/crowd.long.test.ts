import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";
import { type CrowdSeen, letCrowdPass } from "./crowd.ts";

test("of a hundred that render one object only the last takes it along, for as few requests as the first", async () => {
  const { requestsEach, ...seen } = await letCrowdPass(100, 4);
  expect(seen).toEqual({ goneTooEarly: 0, thereAtTheEnd: false, broken: [] });
  expect(requestsEach[0]).toBeLessThan(20);
  expect(requestsEach[1]).toBeLessThan(20);
});

test("of ten thousand plugs that render one object only the last to leave takes it along, for as few requests as the first", async () => {
  const worker = new Worker(new URL("crowd-worker.ts", import.meta.url), { workerData: { count: 10_000, waves: 4 } });
  const [seen] = (await once(worker, "message")) as [CrowdSeen];
  const { requestsEach, ...rest } = seen;
  expect(rest).toEqual({ goneTooEarly: 0, thereAtTheEnd: false, broken: [] });
  expect(requestsEach[0]).toBeLessThan(20);
  expect(requestsEach[1]).toBeLessThan(20);
});
