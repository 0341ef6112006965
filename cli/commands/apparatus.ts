import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard apparatus check`. */
export function addApparatus(program: Command, { terminal, ended }: Invocation): void {
  const apparatus = program
    .command("apparatus")
    .summary("test an apparatus, an HTTP service that takes part in couplings");
  const check = apparatus
    .command("check")
    .argument("<url>", "its address, for example http://localhost:8080")
    .summary("test an apparatus against the contract")
    .description(
      "Calls an apparatus as Plugboard does in the life of a coupling: ping, created, config, coupled, updated, decoupled, deleted. " +
        "Calls each hook twice with the same Idempotency-Key. Prints which rules of the contract the apparatus keeps. Exit code 1: it breaks one.",
    )
    .addOption(new Option("--side <side>", "the owner of the apparatus").choices(["plug", "socket"]).default("socket"))
    .action(async (url: string, { side }) => {
      const { checkApparatus } = await import("../show/apparatus-check.ts");
      ended(await checkApparatus({ url, side, print: (line) => terminal.stdout(`${line}\n`) }));
    });
  withExamples(check, examples);
}

const examples: Examples = [
  ["node samples/apparatus/apparatus.ts & plugboard apparatus check http://localhost:8080", "test the sample"],
  ["plugboard apparatus check http://localhost:3000/socket --side plug", "test the apparatus of a plug, at a path"],
];
