import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption } from "./options/working.ts";

/** Adds `plugboard render`. */
export function addRender(program: Command, { terminal, ended }: Invocation): void {
  const render = program
    .command("render")
    .summary("print what templates make, without applying anything")
    .description(
      "Prints the objects that every stage of the couplings in the files would apply, or what one template makes of data. " +
        "Mistakes in templates are shown with line, column and a caret, and end it with 1.",
    )
    .option("-f, --file <file...>", "files or folders with plugs, sockets and what they read")
    .option("--plug <namespace/name>", "with -f: only this plug")
    .option("--show-sensitive", "with -f: print sensitive values instead of (sensitive)")
    .option("--template <file>", "one template; - reads it from stdin")
    .option("--data <file>", "with --template: JSON whose keys the template reads")
    .addOption(
      new Option("--engine <engine>", "with --template: how it is written, {% %} or {{ }}")
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
  ["plugboard render -f samples/hello", "every object the pair would apply"],
  ["plugboard render -f socket.yaml -f plug.yaml --plug shop/orders", "one plug of several"],
  ["echo 'Hi {% .name | upper %}' | plugboard render --template - --data data.json", "try a template"],
];
