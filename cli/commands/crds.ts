import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, formatOption, withExamples } from "./options/option-values.ts";

/** Adds `plugboard crds`. */
export function addCrds(program: Command, { terminal }: Invocation): void {
  const crds = program
    .command("crds")
    .summary("print the CRDs of Plugboard")
    .description("Prints the CustomResourceDefinitions of Plug, Socket and DeferredResource.")
    .addOption(formatOption("output format").default("yaml"))
    .action(async ({ output }) => {
      const { printCrds } = await import("../print-objects.ts");
      terminal.stdout(printCrds(output));
    });
  withExamples(crds, crdsExamples);
}

const crdsExamples: Examples = [["plugboard crds | kubectl apply --server-side -f -", "install or upgrade the CRDs"]];
