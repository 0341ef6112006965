import { type Command, InvalidArgumentError, Option } from "commander";

/** Adds a value of an option that may occur several times; a value from the environment is a list with commas. */
export function listed(text: string, before: readonly string[] | undefined): readonly string[] {
  const values = text.split(",").map((value) => value.trim());
  return [...(before ?? []), ...values.filter((value) => value !== "")];
}

/** Reads a number of seconds, more than 0. @throws InvalidArgumentError */
export function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError("expected a number of seconds, more than 0");
}

/** Reads a count, at least 1. @throws InvalidArgumentError */
export function positiveCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError("expected a whole number, at least 1");
}

/** Reads a port; 0 means any free port. @throws InvalidArgumentError */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("expected a port, from 0 (any that is free) to 65535");
}

/** Reads an http or https URL. @throws InvalidArgumentError */
export function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new InvalidArgumentError("expected a URL, for example http://broker-ingress.knative-eventing.svc/shop/default");
}

/** The option for the output format of objects. */
export function formatOption(description: string): Option {
  return new Option("-o, --output <format>", description).choices(["yaml", "json"]);
}

/** Command lines, each with its purpose. */
export type Examples = readonly (readonly [line: string, what: string])[];

/** Adds examples to the help of a command. */
export function withExamples(command: Command, examples: Examples): Command {
  const lines = examples.map(([line, what]) => `  # ${what}\n  $ ${line}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
