import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { UsageError } from "../report-failure.ts";
import { type ClusterFlags, clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, formatOption, httpUrl, portNumber, withExamples } from "./options/option-values.ts";
import { logLevelOption, namespaceOption } from "./options/working.ts";

/** Adds `plugboard operator` and its subcommands. */
export function addOperator(program: Command, invocation: Invocation): void {
  const operator = program
    .command("operator")
    .summary("run operators of your own: TypeScript or JavaScript files that use plugboard/operator")
    .description(
      "Runs operators of your own. A file exports what `defineOperator` of plugboard/operator returns; " +
        "docs/operators explains how to write one.",
    )
    .helpCommand(false);
  addOperatorDev(operator, invocation);
  addOperatorRun(operator, invocation);
  addOperatorServe(operator, invocation);
  addOperatorSource(operator, invocation);
  addOperatorManifests(operator, invocation);
  addOperatorTypes(operator, invocation);
  withExamples(operator, examples);
}

function addOperatorDev(operator: Command, { terminal, ended }: Invocation): void {
  const dev = operator
    .command("dev")
    .argument("<paths...>", "operators (.ts, .js), and manifests or folders of manifests, CRDs among them")
    .summary("run operators without a cluster, and watch the files")
    .description(
      "Loads manifests into an in-memory cluster, runs operators on it, and shows what becomes of each child. Pods and " +
        "workloads become ready after a moment. Then watches the files: edit one to see what changes.",
    )
    .option("--once", "end when nothing is left to do; exit code 0: no error, 1: an error")
    .addOption(formatOption("with --once: print all resulting objects to stdout, and the timeline to stderr"))
    .option("--hold-pods", "leave Pods and workloads as they are made, to see what waits for them")
    .action(async (paths: string[], { once = false, output, holdPods = false }) => {
      const { devOperators } = await import("../operators/dev.ts");
      ended(await devOperators(paths, { once, output, holdPods }, terminal));
    });
  withExamples(dev, [
    ["plugboard operator dev echo.ts crd.yaml hello.yaml", "run an operator, and follow the files"],
    ["plugboard operator dev echo.ts manifests --once -o yaml", "print what comes of it, and end"],
  ]);
}

function leading(of: Command): Command {
  return clusterOptions(of)
    .addOption(namespaceOption())
    .option("--listen <host:port>", "address that serves /healthz, /readyz and /metrics (Prometheus)", ":8080")
    .addOption(logLevelOption());
}

interface LeadingFlags extends ClusterFlags {
  readonly namespace?: readonly string[];
  readonly listen: string;
  readonly logLevel: string;
}

function leadingOf(flags: LeadingFlags, { environment }: Invocation) {
  const { namespace = [], listen, logLevel } = flags;
  const namespaces = namespace.length > 0 ? namespace : undefined;
  return { ...clusterOf(flags), namespaces, listen, logLevel, readable: environment.readable };
}

function addOperatorRun(operator: Command, invocation: Invocation): void {
  const run = leading(operator.command("run").argument("<files...>", "operators (.ts, .js)"))
    .summary("run operators on a cluster")
    .description(
      "Runs operators on a cluster until it is stopped. Of several instances only the holder of the Lease works; the others stand by.",
    )
    .action(async (files: string[], flags: LeadingFlags) => {
      const { runOperators } = await import("../operators/run.ts");
      invocation.ended(await runOperators(files, leadingOf(flags, invocation), invocation.terminal));
    });
  withExamples(run, [["plugboard operator run echo.ts backup.ts", "two operators in one process"]]);
}

function addOperatorServe(operator: Command, { terminal, environment, ended }: Invocation): void {
  const serve = clusterOptions(operator.command("serve").argument("<files...>", "operators (.ts, .js)"))
    .summary("answer the events of operators over HTTP")
    .description(
      "Answers the CloudEvents of operators over HTTP, for Knative or another broker. `plugboard operator source` sends them.",
    )
    .addOption(
      new Option("--target <name>", "only this operator, or one of its stages (default: all)").env("FUNCTION_TARGET"),
    )
    .addOption(new Option("--port <port>", "port to listen on").env("PORT").argParser(portNumber).default(8080))
    .option("--host <address>", "address to listen on (default: all)")
    .addOption(logLevelOption())
    .action(async (files: string[], { target, port, host, logLevel, ...flags }) => {
      const { serveOperators } = await import("../operators/serve.ts");
      const options = { ...clusterOf(flags), target, port, host, logLevel, readable: environment.readable };
      ended(await serveOperators(files, options, terminal));
    });
  withExamples(serve, [
    ["FUNCTION_TARGET=echo-operator plugboard operator serve echo.ts --port 8081", "one operator as a function"],
  ]);
}

function addOperatorSource(operator: Command, invocation: Invocation): void {
  const source = leading(operator.command("source").argument("<files...>", "operators (.ts, .js)"))
    .summary("send the events of operators to a Broker")
    .description(
      "Watches a cluster and sends the CloudEvent of each parent that is due to a sink, until it is seen done.",
    )
    .addOption(
      new Option("--sink <url>", "address that gets the events: a Broker; Knative's SinkBinding sets K_SINK")
        .env("K_SINK")
        .argParser(httpUrl),
    )
    .action(async (files: string[], { sink, ...flags }: LeadingFlags & { readonly sink?: URL }) => {
      if (sink === undefined)
        throw new UsageError("no sink for the events: set --sink URL or K_SINK (Knative's SinkBinding sets it)");
      const { sourceOperators } = await import("../operators/source.ts");
      invocation.ended(await sourceOperators(files, { ...leadingOf(flags, invocation), sink }, invocation.terminal));
    });
  withExamples(source, [["plugboard operator source echo.ts --sink http://broker/default", "send to a broker"]]);
}

function addOperatorManifests(operator: Command, { terminal, ended }: Invocation): void {
  const manifests = operator
    .command("manifests")
    .argument("<paths...>", "operators (.ts, .js), and the CRDs of kinds that are not built in")
    .summary("print what runs operators on a cluster")
    .description("Prints manifests with no more rights than the declared kinds need.")
    .addOption(
      new Option("--target <how>", "one Deployment, or a source and functions on Knative")
        .choices(["standalone", "knative"])
        .default("standalone"),
    )
    .requiredOption("--image <image>", "image with plugboard as its entry point, and the files")
    .option("--path <path>", "path of the file in the image (default: as given)")
    .option("--operator-namespace <name>", "namespace of the operators", "plugboard-operators")
    .addOption(formatOption("YAML or JSON"))
    .action(async (paths: string[], { target, image, path, operatorNamespace: namespace, output = "yaml" }) => {
      const { operatorManifests } = await import("../operators/manifests.ts");
      terminal.stdout(await operatorManifests(paths, { target, image, path, namespace, format: output }));
      ended(0);
    });
  withExamples(manifests, [
    ["plugboard operator manifests echo.ts crd.yaml --image registry/echo:1 | kubectl apply -f -", "one Deployment"],
  ]);
}

function addOperatorTypes(operator: Command, { terminal, ended }: Invocation): void {
  const types = operator
    .command("types")
    .argument("<paths...>", "files with CRDs")
    .summary("print the TypeScript types of CRDs")
    .description("Prints the types of the kinds in CRDs, and the declaration with which handlers get them.")
    .action(async (paths: string[]) => {
      const { typesOfCrds } = await import("../operators/types.ts");
      terminal.stdout(typesOfCrds(paths));
      ended(0);
    });
  withExamples(types, [["plugboard operator types crd.yaml > echo-server.generated.ts", "types of an EchoServer"]]);
}

const examples: Examples = [
  ["plugboard operator dev samples/operators/echo-server/echo-server.ts samples/operators/echo-server", "run a sample"],
  ["plugboard operator types crd.yaml > my-kind.generated.ts", "write the types of your CRD"],
  ["plugboard operator run my-operator.ts", "run an operator on a cluster"],
];
