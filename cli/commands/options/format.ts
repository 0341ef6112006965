import { Option } from "commander";

/** How objects are printed. */
export function formatOption(description: string): Option {
  return new Option("-o, --output <format>", description).choices(["yaml", "json"]);
}
