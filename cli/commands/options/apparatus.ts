import { type Command, InvalidArgumentError, Option } from "commander";
import { listed } from "./option-values.ts";

/** Adds the options that say how apparatuses are called. */
export function apparatusOptions(of: Command): Command {
  return of
    .addOption(
      new Option(
        "--apparatus-allow-host <host...>",
        "call apparatuses at this host, host:port, address or network, too",
      )
        .env("PLUGBOARD_APPARATUS_ALLOW_HOSTS")
        .argParser(listed),
    )
    .addOption(
      new Option("--apparatus-timeout <seconds>", "how long one call of an apparatus may take, at most 14")
        .env("PLUGBOARD_APPARATUS_TIMEOUT_SECONDS")
        .argParser(callSeconds)
        .default(10),
    );
}

/** A ping and a call have to fit into what is surely left of a claim: half a minute. */
const longestCallSeconds = 14;

/** @throws InvalidArgumentError where it is no number of seconds that fits into a stage */
function callSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestCallSeconds) return seconds;
  throw new InvalidArgumentError(`expected a number of seconds, at most ${longestCallSeconds}`);
}
