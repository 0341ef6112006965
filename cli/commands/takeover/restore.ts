import type { Command } from "commander";
import type { Invocation } from "../../invocation.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "../options/cluster.ts";
import { type Examples, withExamples } from "../options/option-values.ts";

/** Adds `plugboard restore check`. */
export function addRestore(program: Command, { terminal, ended }: Invocation): void {
  const restore = program.command("restore").summary("check a restore from a backup or a move to another cluster");
  const check = clusterOptions(restore.command("check"))
    .summary("list the snapshots that Plugboard would adopt, and why")
    .description(
      "Lists each snapshot that no plug uses now, and says whether Plugboard would adopt it or end its coupling. Plugboard adopts a snapshot " +
        "from another cluster, of a plug or socket that was created again, or of a plug that lost its status. " +
        "It ends the coupling if a namespace has another uid. Writes nothing. Exit code 1: Plugboard would end a coupling.",
    )
    .action(async (flags: ClusterFlags) => {
      const { restoreCheck: work } = await import("../../takeover/restore-check.ts");
      await onCluster(flags, async (kube) => {
        const { operatorNamespace } = clusterOf(flags);
        ended(await work(kube, { operatorNamespace, say: (line) => terminal.stdout(`${line}\n`) }));
      });
    });
  withExamples(check, restoreExamples);
}

const restoreExamples: Examples = [["plugboard restore check", "check restored namespaces before you start Plugboard"]];
