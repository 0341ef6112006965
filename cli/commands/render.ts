import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption } from "./options/working.ts";

/** Adds `plugboard render`. */
export function addRender(program: Command, { terminal, ended }: Invocation): void {
  const render = program
    .command("render")
    .summary("print the objects that templates render, without applying them")
    .description(
      "Prints the objects that each stage of the couplings in the files would apply, or the output of one template. " +
        "Shows an error in a template with its line, column and a caret. Exit code 1: a template has an error.",
    )
    .option("-f, --file <file...>", "files or folders with plugs, sockets and the objects that they read")
    .option("--plug <namespace/name>", "with -f: only this plug")
    .option("--show-sensitive", "with -f: print sensitive values instead of (sensitive)")
    .option("--template <file>", "file with one template; - reads it from stdin")
    .option("--data <file>", "with --template: JSON file with the values of the template")
    .addOption(
      new Option("--engine <engine>", "with --template: its syntax, go ({% %}) or handlebars ({{ }})")
        .choices(["go", "handlebars"])
        .default("go"),
    )
    .addOption(missingValuesOption())
    .action(async ({ file, plug, showSensitive = false, template, data, engine, missingValues }) => {
      const { render: work } = await import("../show/render/render.ts");
      ended(await work({ paths: file, plug, showSensitive, template, data, engine, missingValues }, terminal));
    });
  withExamples(render, renderExamples);
}

const renderExamples: Examples = [
  ["plugboard render -f samples/hello", "all objects that this plug and socket would apply"],
  ["plugboard render -f socket.yaml -f plug.yaml --plug shop/orders", "one plug of several"],
  ["echo 'Hi {% .name | upper %}' | plugboard render --template - --data data.json", "try a template"],
];
