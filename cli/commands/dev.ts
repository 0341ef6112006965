import { type Command, InvalidArgumentError, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, formatOption, portNumber, withExamples } from "./options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "./options/working.ts";

/** Adds `plugboard dev`. */
export function addDev(program: Command, { terminal, ended }: Invocation): void {
  const dev = program
    .command("dev")
    .argument("[paths...]", "YAML or JSON files, or folders")
    .summary("couple the plugs in files, without a cluster, and watch the files")
    .description(
      "Loads manifests into an in-memory cluster, couples their plugs, and shows each step. " +
        "Then watches the files: edit one to see what Plugboard changes. Makes no connection to a cluster and starts no Pods; " +
        "Jobs succeed after a moment.\n\n" +
        "With --broker-port, sends each event over HTTP, through a broker that works like Knative's. " +
        "With --broker-port and without files, runs only the broker, for `plugboard source` and functions in other processes.",
    )
    .option("--once", "end when nothing is left to do; exit code 0: all plugs are coupled, 1: not all are")
    .addOption(formatOption("with --once: print all resulting objects to stdout, and the timeline to stderr"))
    .option("--hold-jobs", "leave Jobs unfinished, to see which stages wait for them")
    .option("--rbac", "enforce the Roles and bindings in the files, as a cluster does")
    .addOption(serveNamespaceOption())
    .addOption(missingValuesOption())
    .option(
      "--apparatus <name=command...>",
      "run a command instead of the apparatus of the plug, socket or Service with this name; the command must listen on $PORT",
    )
    .action(
      async (paths: string[], { once = false, output, holdJobs = false, rbac = false, apparatus = [], ...flags }) => {
        const {
          brokerPort: port,
          subscriber: subscribers = [],
          hostile,
          synchronous = false,
          serveNamespace: serveNamespaces,
          missingValues,
        } = flags;
        const { dev: work } = await import("../dev/dev.ts");
        const broker = { port, subscribers, hostile, synchronous };
        ended(
          await work(
            paths,
            { once, output, holdJobs, rbac, apparatuses: apparatus, serveNamespaces, missingValues, broker },
            terminal,
          ),
        );
      },
    );
  withExamples(brokerOptions(dev), devExamples);
}

/** Adds the options of a broker over HTTP. */
function brokerOptions(of: Command): Command {
  return of
    .addOption(
      new Option(
        "--broker-port <port>",
        "start a broker on this port (0: any free port), at the path /<namespace>/<broker>",
      ).argParser(portNumber),
    )
    .option(
      "--subscriber <name=url...>",
      "URL that gets the events of a stage (instead of the built-in function), of all stages, of a fact such as plug.coupled, or of an event type",
    )
    .addOption(
      new Option(
        "--hostile [seed]",
        "lose, duplicate, delay and reorder events in the broker; the same seed (a number) harms the same events",
      ).argParser(seedOf),
    )
    .option(
      "--synchronous",
      "the broker answers when all subscribers are done, and with 500 if one failed, as Knative's broker does by default",
    );
}

/** @throws InvalidArgumentError: otherwise a file after this option would become the seed */
function seedOf(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError("expected a number as seed; write the files before --hostile");
}

const devExamples: Examples = [
  ["plugboard dev samples/hello", "couple the plugs in a folder, and follow its changes"],
  ["plugboard dev socket.yaml plug.yaml --once", "couple once; the exit code tells whether all plugs are coupled"],
  ["plugboard dev samples/postgres --once -o yaml > out.yaml", "save the resulting objects"],
  ["plugboard dev my-app --once --rbac", "check that the Roles in the files are sufficient"],
  [
    "plugboard dev samples/hello --broker-port 8090 --subscriber plug.coupled=http://localhost:9000",
    "call your own function when a plug is coupled",
  ],
  [
    "plugboard dev samples/postgres --broker-port 0 --once --hostile 7",
    "couple although the broker harms half of all events",
  ],
  [
    "plugboard dev --broker-port 8090 --subscriber plug.couple=http://localhost:8081",
    "run only a broker, with one subscriber",
  ],
];
