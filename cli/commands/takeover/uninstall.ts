import type { Command } from "commander";
import { systemClock } from "../../../kit/clock.ts";
import type { Invocation } from "../../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "../options/cluster.ts";
import { type Examples, withExamples } from "../options/option-values.ts";

/** Adds `plugboard uninstall`. */
export function addUninstall(program: Command, { terminal, ended }: Invocation): void {
  const uninstall = clusterOptions(program.command("uninstall"))
    .summary("remove finalizers, policies and applied objects before you remove Plugboard")
    .description(
      "Removes the admission policies of Plugboard, the objects that plugs and sockets applied, Plugboard's finalizer, and the snapshots. " +
        "Plugs, sockets and CRDs stay. Calls no hooks: if your plugs need them, delete the plugs first. " +
        "Stop `plugboard run` or `plugboard source` before. Safe to run again. Exit code 1: an object keeps its finalizer.",
    )
    .option("--keep-objects", "leave all applied objects as they are")
    .action(async ({ keepObjects = false, ...flags }: ClusterFlags & { readonly keepObjects?: boolean }) => {
      const { uninstall: work } = await import("../../takeover/uninstall.ts");
      await onCluster(flags, async (kube) => {
        const now = (terminal.clock ?? systemClock).now();
        const options = { operatorNamespace: clusterOf(flags).operatorNamespace, keepObjects, now };
        ended(await work(kube, options, (line) => terminal.stdout(`${line}\n`)));
      });
    });
  withExamples(uninstall, uninstallExamples);
}

const uninstallExamples: Examples = [
  ["plugboard uninstall --keep-objects", "remove Plugboard without a change to any application"],
  ["plugboard uninstall", "remove Plugboard and everything that it applied"],
];
