import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { stageNames } from "../crds/stage-names.ts";
import { stages } from "../functions/stages.ts";
import { addApparatus } from "./commands/apparatus.ts";
import { addDev } from "./commands/dev.ts";
import { addManifests } from "./commands/manifests.ts";
import { apparatusOptions } from "./commands/options/apparatus.ts";
import { clusterOf, clusterOptions } from "./commands/options/cluster.ts";
import { type Examples, formatOption, withExamples } from "./commands/options/option-values.ts";
import {
  adoptOption,
  logLevelOption,
  missingValuesOption,
  namespaceOption,
  serveNamespaceOption,
  stagesPerNamespaceOption,
} from "./commands/options/working.ts";
import { addOwnership } from "./commands/ownership.ts";
import { addServe } from "./commands/serve.ts";
import { addSource } from "./commands/source.ts";
import type { Environment } from "./environment.ts";
import type { Terminal } from "./terminal.ts";

/** Tells the exit code of the command that ran. */
type Ended = (code: number) => void;

/** Parses a command line and runs what it asks for. The exit code: 2 where the call is wrong. @throws whatever the command could not do */
export async function command(
  commandLine: readonly string[],
  terminal: Terminal,
  environment: Environment,
): Promise<number> {
  let code = 0;
  const program = programOf(terminal);
  const ended: Ended = (outcome) => {
    code = outcome;
  };
  addDev(program, terminal, ended);
  addRun(program, { terminal, environment, ended });
  addSource(program, { terminal, environment, ended });
  addServe(program, { terminal, environment, ended });
  addRender(program, terminal, ended);
  addInvoke(program, terminal, ended);
  addCrds(program, terminal);
  addManifests(program, terminal);
  addOwnership(program, terminal, ended);
  addApparatus(program, terminal, ended);
  try {
    await program.parseAsync(
      commandLine.filter((word) => word !== "--debug"),
      { from: "user" },
    );
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that nobody asked for by name is help, too.
    return error.exitCode === 0 || error.code === "commander.help" ? 0 : 2;
  }
  return code;
}

function programOf({ stdout, stderr }: Terminal): Command {
  const program = new Command("plugboard");
  program
    .description(
      "Couples applications that need something (Plugs) to applications that offer it (Sockets) on Kubernetes. " +
        "Begin with `plugboard dev`: it needs no cluster.",
    )
    .version(readVersion())
    .option("--debug", "with any command: print stack traces with errors")
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError("`plugboard --help` and `plugboard COMMAND --help` say what there is.")
    .configureOutput({
      writeOut: stdout,
      writeErr: stderr,
      outputError: (text, write) => write(text.replace(/^error: /, "plugboard: ")),
    });
  return withExamples(program, programExamples);
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return String(version);
}

function addRun(
  program: Command,
  {
    terminal,
    environment,
    ended,
  }: { readonly terminal: Terminal; readonly environment: Environment; readonly ended: Ended },
): void {
  const run = apparatusOptions(clusterOptions(program.command("run")))
    .summary("couple on a cluster: the operator itself")
    .description(
      "Watches a cluster and couples the plugs in it, until it is asked to end (SIGTERM or Ctrl-C). Of several instances one " +
        "works, the one that holds the Lease; the others stand by and take over when it ends.",
    )
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(stagesPerNamespaceOption())
    .option("--listen <host:port>", "where /healthz, /readyz and /metrics (Prometheus) are served", ":8080")
    .addOption(logLevelOption())
    .addOption(adoptOption())
    .addOption(missingValuesOption())
    .action(async ({ namespace, listen, logLevel, adopt, ...flags }) => {
      const { run: work } = await import("./operate/run.ts");
      const { readable } = environment;
      ended(
        await work(
          {
            ...clusterOf(flags),
            namespaces: namespace?.length > 0 ? namespace : undefined,
            serveNamespaces: flags.serveNamespace,
            slotsPerNamespace: flags.stagesPerNamespace,
            allowHosts: flags.apparatusAllowHost,
            hookTimeoutSeconds: flags.apparatusTimeout,
            listen,
            logLevel,
            readable,
            adopts: adopt === "true",
            missingValues: flags.missingValues,
          },
          terminal,
        ),
      );
    });
  withExamples(run, runExamples);
}

function addRender(program: Command, terminal: Terminal, ended: Ended): void {
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
      const { render: work } = await import("./show/render/render.ts");
      ended(await work({ paths: file, plug, showSensitive, template, data, engine, missingValues }, terminal));
    });
  withExamples(render, renderExamples);
}

function addInvoke(program: Command, terminal: Terminal, ended: Ended): void {
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
      const { invoke: work } = await import("./show/invoke.ts");
      ended(await work({ ...clusterOf(cluster), stage, plug, socket, event, files, dryRun, missingValues }, terminal));
    });
  invoke.addHelpText("after", `\nStages:\n${stageLines()}`);
  withExamples(invoke, invokeExamples);
}

function stageLines(): string {
  const width = Math.max(...stageNames.map(({ length }) => length));
  return stageNames.map((name) => `  ${name.padEnd(width)}  ${stages[name].does}`).join("\n");
}

function addCrds(program: Command, terminal: Terminal): void {
  const crds = program
    .command("crds")
    .summary("print the CRDs that a cluster needs")
    .description("Prints the CustomResourceDefinitions of Plug, Socket and DeferredResource.")
    .addOption(formatOption("how they are printed").default("yaml"))
    .action(async ({ output }) => {
      const { printCrds } = await import("./show/print-objects.ts");
      terminal.stdout(printCrds(output));
    });
  withExamples(crds, crdsExamples);
}

const programExamples: Examples = [
  ["plugboard dev samples/hello", "couple the smallest sample, then edit it and watch"],
  ["plugboard dev samples/postgres --once", "see a database coupled to an application, from start to end"],
  ["plugboard crds | kubectl apply --server-side -f -", "teach a cluster what Plugs and Sockets are"],
  ["plugboard run", "couple them there"],
];

const runExamples: Examples = [
  ["plugboard run", "all namespaces of the current context"],
  ["plugboard run --context kind-kind -n shop -n data", "two namespaces of another cluster"],
  ["curl localhost:8080/metrics", "see how it fares"],
];

const renderExamples: Examples = [
  ["plugboard render -f samples/hello", "every object the pair would apply"],
  ["plugboard render -f socket.yaml -f plug.yaml --plug shop/orders", "one plug of several"],
  ["echo 'Hi {% .name | upper %}' | plugboard render --template - --data data.json", "try a template"],
];

const invokeExamples: Examples = [
  ["plugboard invoke plug.create --plug hello/visitor --files samples/hello", "try a stage without a cluster"],
  ["plugboard invoke plug.update --plug shop/orders --dry-run", "see what it would do on a cluster"],
  ["plugboard invoke plug.repair --plug shop/orders --context kind-kind", "on a cluster"],
  ["plugboard invoke plug.couple --event samples/events/plug.couple.json", "as a broker would ask for it"],
];

const crdsExamples: Examples = [["plugboard crds | kubectl apply --server-side -f -", "install or upgrade them"]];
