import type { Command } from "commander";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { systemClock } from "../../kit/clock.ts";
import type { Invocation } from "../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "./options/working.ts";

/** Adds `plugboard takeover`. */
export function addTakeover(program: Command, { terminal, ended }: Invocation): void {
  const takeover = clusterOptions(program.command("takeover"))
    .summary("see what taking over from the operator before would come to")
    .description(
      "Says of every coupling of the operator that was here before which objects would be looked after from then on, what could " +
        "not be rendered, and what the next update would change. Writes nothing; `plugboard run` itself takes over.",
    )
    .requiredOption("--dry-run", "only look: there is no other way, plugboard run takes over by itself")
    .option("-n, --namespace <name...>", "look at plugs in these namespaces only (default: all)")
    .addOption(serveNamespaceOption())
    .addOption(missingValuesOption())
    .action(async ({ namespace, serveNamespace: serveNamespaces, missingValues, ...flags }: ClusterFlags & Named) => {
      const { takeover: work } = await import("../takeover/takeover.ts");
      await onCluster(flags, async (kube) => {
        const clock = terminal.clock ?? systemClock;
        const { operatorNamespace } = clusterOf(flags);
        const options = { operatorNamespace, namespaces: namespace, serveNamespaces, missingValues, clock };
        ended(await work(kube, options, (line) => terminal.stdout(`${line}\n`)));
      });
    });
  withExamples(takeover, takeoverExamples);
}

interface Named {
  readonly namespace?: readonly string[];
  readonly serveNamespace?: readonly string[];
  readonly missingValues: MissingValues;
}

const takeoverExamples: Examples = [["plugboard takeover --dry-run", "before stopping the operator that runs today"]];
