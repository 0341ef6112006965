import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard restore check`. */
export function addRestore(program: Command, { terminal, ended }: Invocation): void {
  const restore = program.command("restore").summary("look after a restore from a backup or a move to another cluster");
  const check = clusterOptions(restore.command("check"))
    .summary("list the snapshots that Plugboard would adopt, and why")
    .description(
      "Lists each snapshot that no plug uses now: whether Plugboard would adopt it, as which case (another cluster; same namespaces, plug or socket " +
        "made again; status lost), or end its coupling, because a namespace has another uid. Writes nothing. Exit code 1: a coupling would be ended.",
    )
    .action(async (flags: ClusterFlags) => {
      const { restoreCheck: work } = await import("../takeover/restore-check.ts");
      await onCluster(flags, async (kube) => {
        const { operatorNamespace } = clusterOf(flags);
        ended(await work(kube, { operatorNamespace, say: (line) => terminal.stdout(`${line}\n`) }));
      });
    });
  withExamples(check, restoreExamples);
}

const restoreExamples: Examples = [["plugboard restore check", "before plugboard run starts on restored namespaces"]];
