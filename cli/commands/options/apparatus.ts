import { type Command, InvalidArgumentError, Option } from "commander";
import { listed } from "./option-values.ts";

/** Adds the options for calls of apparatuses. */
export function apparatusOptions(of: Command): Command {
  return of
    .addOption(
      new Option(
        "--apparatus-allow-host <host...>",
        "also call apparatuses at this host, host:port, address or network",
      )
        .env("PLUGBOARD_APPARATUS_ALLOW_HOSTS")
        .argParser(listed),
    )
    .addOption(
      new Option("--apparatus-timeout <seconds>", "timeout of one call of an apparatus, at most 14")
        .env("PLUGBOARD_APPARATUS_TIMEOUT_SECONDS")
        .argParser(callSeconds)
        .default(10),
    );
}

/** A ping and a call must fit into the 30 s that a claim is sure to last. */
const longestCallSeconds = 14;

/** @throws InvalidArgumentError if it is not a number of seconds that fits into a stage */
function callSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestCallSeconds) return seconds;
  throw new InvalidArgumentError(`expected a number of seconds, at most ${longestCallSeconds}`);
}
