import { type Command, InvalidArgumentError, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, formatOption, portNumber, withExamples } from "./options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "./options/working.ts";

/** Adds `plugboard dev`. */
export function addDev(program: Command, { terminal, ended }: Invocation): void {
  const dev = program
    .command("dev")
    .argument("[paths...]", "files of YAML or JSON, or folders of them")
    .summary("couple what is in files, without a cluster, and watch them")
    .description(
      "Loads manifests into a Kubernetes API in memory, couples the plugs in them, and shows what happens. " +
        "Then it watches the files: edit one and see what Plugboard makes of it. Nothing leaves this machine, and nothing " +
        "runs: Jobs just succeed after a moment.\n\n" +
        "With --broker-port every event goes over HTTP, through a broker that does what Knative's does, and whoever subscribes to one " +
        "has it. Without files there is the broker alone, for a `plugboard source` and functions elsewhere.",
    )
    .option("--once", "end when everything has come to rest: with 0 when every plug is coupled, else with 1")
    .addOption(formatOption("with --once: print every resulting object on stdout, and the timeline on stderr"))
    .option("--hold-jobs", "leave Jobs unfinished, to see what waits for them")
    .option("--rbac", "judge service accounts by the Roles and bindings in the files, as a cluster does")
    .addOption(serveNamespaceOption())
    .addOption(missingValuesOption())
    .option(
      "--apparatus <name=command...>",
      "run a command in place of the apparatus of a plug or socket (or the Service) of that name; it is to listen on $PORT",
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
      new Option("--broker-port <port>", "have a broker at /<namespace>/<broker> of this port (0: any)").argParser(
        portNumber,
      ),
    )
    .option(
      "--subscriber <name=url...>",
      "who has the events of a stage (instead of the function here), of all stages, of a fact such as plug.coupled, or of a type",
    )
    .addOption(
      new Option(
        "--hostile [seed]",
        "have the broker lose, double, delay and reorder events; the same ones again for one seed, a number",
      ).argParser(seedOf),
    )
    .option(
      "--synchronous",
      "have the broker answer when every subscriber is done, and 500 if one of them failed, as Knative's does by default",
    );
}

/** @throws InvalidArgumentError: a file named behind the option would pass for its seed */
function seedOf(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError("expected a number as seed; name the files before --hostile");
}

const devExamples: Examples = [
  ["plugboard dev samples/hello", "keep coupling what is in the folder"],
  ["plugboard dev socket.yaml plug.yaml --once", "couple once; the exit code says whether it worked"],
  ["plugboard dev samples/postgres --once -o yaml > out.yaml", "keep what came out of it"],
  ["plugboard dev my-app --once --rbac", "find out whether the Roles in the files suffice"],
  [
    "plugboard dev samples/hello --broker-port 8090 --subscriber plug.coupled=http://localhost:9000",
    "have your own function called when a plug is coupled",
  ],
  [
    "plugboard dev samples/postgres --broker-port 0 --once --hostile 7",
    "see it couple although half of all events is harmed",
  ],
  [
    "plugboard dev --broker-port 8090 --subscriber plug.couple=http://localhost:8081",
    "a broker alone, with one subscriber",
  ],
];
