import { type HandClock, settle as settleTurns, handClock as testkitClock } from "../../operator/testkit/hand-clock.ts";
import { sharedRenderer } from "./shared-renderer.ts";

export type { HandClock };

/** Makes a clock that is moved by hand, as the testkit's is. It shows the start of 2026. */
export function handClock(): HandClock {
  return testkitClock(settle);
}

/**
 * Lets whatever waits for no clock run to its end.
 * Time also stands still while a worker renders, however long that takes on a busy machine.
 */
export async function settle(): Promise<void> {
  do await settleTurns();
  while (await sharedRenderer.rendered());
}
