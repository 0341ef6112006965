import { InvalidInput } from "../../kit/errors.ts";

const form = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;

/** The milliseconds of an ISO 8601 duration of hours, minutes and seconds, as Knative writes delays. @throws InvalidInput */
export function parseIsoDuration(text: string): number {
  const match = form.exec(text);
  if (match === null || text === "PT")
    throw new InvalidInput(`expected a duration such as PT0.5S or PT1M, found ${JSON.stringify(text)}`);
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000;
}
