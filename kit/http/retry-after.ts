import type { IncomingHttpHeaders } from "node:http";

/** How many seconds an answer asks to wait before the next try; undefined where it does not say. A date is measured by the answerer's own clock. */
export function retryAfterSeconds({ "retry-after": after, date }: IncomingHttpHeaders): number | undefined {
  if (typeof after !== "string") return undefined;
  if (/^\d+$/.test(after.trim())) return Number(after);
  const seconds = Math.ceil((Date.parse(after) - Date.parse(date ?? "")) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
