import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";
import { apparatusOptions } from "./options/apparatus.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import {
  adoptOption,
  logLevelOption,
  missingValuesOption,
  namespaceOption,
  serveNamespaceOption,
  stagesPerNamespaceOption,
} from "./options/working.ts";

/** Adds `plugboard run`. */
export function addRun(program: Command, { terminal, environment, ended }: Invocation): void {
  const run = apparatusOptions(clusterOptions(program.command("run")))
    .summary("run the operator: couple the plugs of a cluster")
    .description(
      "Watches a cluster and couples its plugs until it is stopped (SIGTERM or Ctrl-C). Of several instances only the holder of " +
        "the Lease works. The others stand by and take over when it ends.",
    )
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(stagesPerNamespaceOption())
    .option("--listen <host:port>", "address that serves /healthz, /readyz and /metrics (Prometheus)", ":8080")
    .addOption(logLevelOption())
    .addOption(adoptOption())
    .addOption(missingValuesOption())
    .action(async ({ namespace, listen, logLevel, adopt, ...flags }) => {
      const { run: work } = await import("../operate/run.ts");
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

const runExamples: Examples = [
  ["plugboard run", "all namespaces of the current context"],
  ["plugboard run --context kind-kind -n shop -n data", "two namespaces of another cluster"],
  ["curl localhost:8080/metrics", "show its metrics"],
];
