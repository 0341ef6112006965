import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard apparatus check`. */
export function addApparatus(program: Command, { terminal, ended }: Invocation): void {
  const apparatus = program
    .command("apparatus")
    .summary("try an apparatus: an HTTP service that takes part in couplings");
  const check = apparatus
    .command("check")
    .argument("<url>", "where it listens, for example http://localhost:8080")
    .summary("run the contract against an apparatus, whatever it is written in")
    .description(
      "Plays a life to an apparatus as Plugboard does: ping, created, config, coupled, updated, decoupled, deleted, each hook twice " +
        "with the same Idempotency-Key. Prints which promises of the contract it keeps. The exit code is 1 where it breaks one.",
    )
    .addOption(new Option("--side <side>", "whose apparatus it is").choices(["plug", "socket"]).default("socket"))
    .action(async (url: string, { side }) => {
      const { checkApparatus } = await import("../show/apparatus-check.ts");
      ended(await checkApparatus({ url, side, print: (line) => terminal.stdout(`${line}\n`) }));
    });
  withExamples(check, examples);
}

const examples: Examples = [
  ["node samples/apparatus/apparatus.ts & plugboard apparatus check http://localhost:8080", "the sample"],
  ["plugboard apparatus check http://localhost:3000/socket --side plug", "a plug's, below a path"],
];
