import type { PlugStatus } from "./generated/plug.ts";

/** After so long without running again a coupling counts as at rest. */
export const restMilliseconds = 600_000;

/** Whether people are told that somebody contests what was applied. */
export function saysContested(status: PlugStatus | undefined): boolean {
  return (status?.conditions ?? []).some(({ type, reason }) => type === "Ready" && reason === "Contested");
}

/** Whether that is still said although nobody has contested anything for a while. */
export function contestIsOver(status: PlugStatus | undefined, now: number): boolean {
  const { restless } = status ?? {};
  return saysContested(status) && restless !== undefined && now - Date.parse(restless.since) >= 2 * restMilliseconds;
}
