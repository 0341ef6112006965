import type { Command } from "commander";
import type { MissingValues } from "../../../crds/coupling/defaults.ts";
import { systemClock } from "../../../kit/clock.ts";
import type { Invocation } from "../../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "../options/cluster.ts";
import { type Examples, withExamples } from "../options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "../options/working.ts";

/** Adds `plugboard takeover`. */
export function addTakeover(program: Command, { terminal, ended }: Invocation): void {
  const takeover = clusterOptions(program.command("takeover"))
    .summary("show what taking over from integration-operator would change")
    .description(
      "Lists for each coupling of integration-operator the objects that Plugboard would manage, what could not be rendered, and " +
        "what the next update would change. Writes nothing; `plugboard run` takes over.",
    )
    .requiredOption("--dry-run", "required: this command writes nothing; `plugboard run` takes over")
    .option("-n, --namespace <name...>", "check only plugs in these namespaces (default: all)")
    .addOption(serveNamespaceOption())
    .addOption(missingValuesOption())
    .action(async ({ namespace, serveNamespace: serveNamespaces, missingValues, ...flags }: ClusterFlags & Named) => {
      const { takeover: work } = await import("../../takeover/takeover.ts");
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

const takeoverExamples: Examples = [["plugboard takeover --dry-run", "check before you stop integration-operator"]];
