import { expect, test } from "@jest/globals";
import { createMetrics, functionMetrics } from "../../../cli/operate/metrics.ts";

test("functions count render timeouts in the same metric as plugboard run", async () => {
  const run = createMetrics({ source: () => undefined, readiness: () => [] });
  let timeouts = 0;
  const serve = functionMetrics(() => timeouts);
  for (; timeouts < 3; timeouts += 1) run.renderTimedOut();
  const linesOf = async (metrics: { text(): Promise<string> }): Promise<unknown> =>
    (await metrics.text()).split("\n").filter((line) => line.includes("plugboard_render_timeouts_total"));
  expect(await linesOf(serve)).toEqual(await linesOf(run));
  expect(await linesOf(serve)).toContain("plugboard_render_timeouts_total 3");
  expect(await linesOf(serve)).toContain("plugboard_render_timeouts_total 3");
});
