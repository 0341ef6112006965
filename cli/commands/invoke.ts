import type { Command } from "commander";
import { stageNames } from "../../crds/stage-names.ts";
import { stages } from "../../functions/stages.ts";
import type { Invocation } from "../invocation.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption } from "./options/working.ts";

/** Adds `plugboard invoke`. */
export function addInvoke(program: Command, { terminal, ended }: Invocation): void {
  const invoke = clusterOptions(program.command("invoke").argument("<stage>", "for example plug.resolve-config"))
    .summary("run one stage once, by hand")
    .description(
      "Runs one stage function once and prints its reply: the fact it brought about, why there was nothing to do, or the error " +
        "after which it would be tried again (exit code 1). A stage does nothing when it is not due, so this is safe to try.",
    )
    .option("--plug <namespace/name>", "the plug that a plug.* stage is about")
    .option("--socket <namespace/name>", "the socket that a socket.* stage is about")
    .option("--event <file>", "a CloudEvent as JSON that asks for the stage")
    .option("--files <file...>", "work on these files in memory instead of on a cluster")
    .option(
      "--dry-run",
      "print what the stage would do and write nothing; fails where it has to store generated keys or start an apparatus first",
    )
    .addOption(missingValuesOption())
    .action(async (stage: string, { plug, socket, event, files, dryRun, missingValues, ...cluster }) => {
      const { invoke: work } = await import("../show/invoke.ts");
      ended(await work({ ...clusterOf(cluster), stage, plug, socket, event, files, dryRun, missingValues }, terminal));
    });
  invoke.addHelpText("after", `\nStages:\n${stageLines()}`);
  withExamples(invoke, invokeExamples);
}

function stageLines(): string {
  const width = Math.max(...stageNames.map(({ length }) => length));
  return stageNames.map((name) => `  ${name.padEnd(width)}  ${stages[name].does}`).join("\n");
}

const invokeExamples: Examples = [
  ["plugboard invoke plug.create --plug hello/visitor --files samples/hello", "try a stage without a cluster"],
  ["plugboard invoke plug.update --plug shop/orders --dry-run", "see what it would do on a cluster"],
  ["plugboard invoke plug.repair --plug shop/orders --context kind-kind", "on a cluster"],
  ["plugboard invoke plug.couple --event samples/events/plug.couple.json", "as a broker would ask for it"],
];
