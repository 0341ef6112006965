import type { Command } from "commander";
import { stageNames } from "../../crds/stage-names.ts";
import { stages } from "../../functions/stages.ts";
import type { Invocation } from "../invocation.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption } from "./options/working.ts";

/** Adds `plugboard invoke`. */
export function addInvoke(program: Command, { terminal, ended }: Invocation): void {
  const invoke = clusterOptions(
    program.command("invoke").argument("<stage>", "the stage, for example plug.resolve-config"),
  )
    .summary("run one stage once")
    .description(
      "Runs one stage function once and prints its reply: the fact, the reason why nothing was due, or the error. " +
        "A stage that is not due changes nothing. Exit code 1: the stage failed, or it would be retried.",
    )
    .option("--plug <namespace/name>", "the plug of a plug.* stage")
    .option("--socket <namespace/name>", "the socket of a socket.* stage")
    .option("--event <file>", "JSON file with the CloudEvent that requests the stage")
    .option("--files <file...>", "load these files into an in-memory cluster instead of using a real one")
    .option(
      "--dry-run",
      "print what the stage would do, and write nothing; fails if the stage must first store generated keys or start an apparatus",
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
  ["plugboard invoke plug.create --plug hello/visitor --files samples/hello", "run a stage without a cluster"],
  ["plugboard invoke plug.update --plug shop/orders --dry-run", "show what a stage would do on a cluster"],
  ["plugboard invoke plug.repair --plug shop/orders --context kind-kind", "run a stage on another cluster"],
  [
    "plugboard invoke plug.couple --event samples/events/plug/plug.couple.json",
    "use the event that a broker would deliver",
  ],
];
