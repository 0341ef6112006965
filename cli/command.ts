import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addApparatus } from "./commands/apparatus.ts";
import { addCrds } from "./commands/crds.ts";
import { addDev } from "./commands/dev.ts";
import { addExplain } from "./commands/explain.ts";
import { addInvoke } from "./commands/invoke.ts";
import { addManifests } from "./commands/manifests.ts";
import { addOperator } from "./commands/operator.ts";
import { type Examples, withExamples } from "./commands/options/option-values.ts";
import { addRbac } from "./commands/rbac.ts";
import { addRender } from "./commands/render.ts";
import { addRun } from "./commands/run.ts";
import { addServe } from "./commands/serve.ts";
import { addSource } from "./commands/source.ts";
import { addForget } from "./commands/takeover/forget.ts";
import { addRestore } from "./commands/takeover/restore.ts";
import { addTakeover } from "./commands/takeover/takeover.ts";
import { addUninstall } from "./commands/takeover/uninstall.ts";
import type { Environment, Invocation, Terminal } from "./invocation.ts";

/** Every command. A new one is a file in commands/ with its options and help, and a line here; its work is in another room. */
const commands: readonly ((program: Command, invocation: Invocation) => void)[] = [
  addDev,
  addRun,
  addSource,
  addServe,
  addExplain,
  addRender,
  addInvoke,
  addCrds,
  addManifests,
  addTakeover,
  addUninstall,
  addForget,
  addRestore,
  addRbac,
  addOperator,
  addApparatus,
];

/** Parses a command line and runs its command. The exit code: 2 for a wrong call. @throws the failure of the command */
export async function command(
  commandLine: readonly string[],
  terminal: Terminal,
  environment: Environment,
): Promise<number> {
  let code = 0;
  const program = programOf(terminal);
  const ended = (outcome: number): void => {
    code = outcome;
  };
  for (const add of commands) add(program, { terminal, environment, ended });
  try {
    await program.parseAsync(
      commandLine.filter((word) => word !== "--debug"),
      { from: "user" },
    );
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander ends with an error where a command without arguments prints its help.
    return error.exitCode === 0 || error.code === "commander.help" ? 0 : 2;
  }
  return code;
}

function programOf({ stdout, stderr }: Terminal): Command {
  const program = new Command("plugboard");
  program
    .description(
      "Couples applications that need something (Plugs) to applications that offer it (Sockets) on Kubernetes. " +
        "Start with `plugboard dev`: it needs no cluster.",
    )
    .version(readVersion())
    .option("--debug", "with any command: print stack traces with errors")
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError("`plugboard --help` lists the commands, `plugboard COMMAND --help` the options of one.")
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

const programExamples: Examples = [
  ["plugboard dev samples/hello", "couple the smallest sample; then edit its files and see what changes"],
  ["plugboard dev samples/postgres --once", "couple a database to an application, then end"],
  ["plugboard crds | kubectl apply --server-side -f -", "install the CRDs on a cluster"],
  ["plugboard run", "couple the plugs of that cluster"],
];
