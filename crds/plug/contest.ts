import type { PlugStatus } from "./plug.generated.ts";

/** After so long without running again a coupling counts as at rest. */
export const restMilliseconds = 600_000;

/** Whether people are still told that somebody contests what was applied, although nobody has for a while. */
export function contestIsOver(status: PlugStatus | undefined, now: number): boolean {
  const { restless } = status ?? {};
  return restless?.contested === true && now - Date.parse(restless.since) >= 2 * restMilliseconds;
}
