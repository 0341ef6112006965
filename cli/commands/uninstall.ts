import type { Command } from "commander";
import { systemClock } from "../../kit/clock.ts";
import type { Invocation } from "../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard uninstall`. */
export function addUninstall(program: Command, { terminal, ended }: Invocation): void {
  const uninstall = clusterOptions(program.command("uninstall"))
    .summary("let go of everything, so that Plugboard can be removed")
    .description(
      "Takes back what plugs and sockets applied, takes Plugboard's finalizer off all of them and removes its snapshots. Plugs and " +
        "sockets themselves stay. No hook is called: delete plugs first where that matters. Stop plugboard run or source before. Safe to run again.",
    )
    .option("--keep-objects", "leave everything that was applied exactly as it is")
    .action(async ({ keepObjects = false, ...flags }: ClusterFlags & { readonly keepObjects?: boolean }) => {
      const { uninstall: work } = await import("../takeover/uninstall.ts");
      await onCluster(flags, async (kube) => {
        const now = (terminal.clock ?? systemClock).now();
        const options = { operatorNamespace: clusterOf(flags).operatorNamespace, keepObjects, now };
        ended(await work(kube, options, (line) => terminal.stdout(`${line}\n`)));
      });
    });
  withExamples(uninstall, uninstallExamples);
}

const uninstallExamples: Examples = [
  ["plugboard uninstall --keep-objects", "go back to what was before, without touching any application"],
  ["plugboard uninstall", "leave nothing behind"],
];
