import { test } from "@jest/globals";
import type { Open } from "./ground.ts";

/** To come in the next commit. */
export function describeWatching(open: Open): void {
  test("a cluster can be opened", async () => {
    await open();
  });
}
