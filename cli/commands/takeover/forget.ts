import type { Command } from "commander";
import type { Invocation } from "../../invocation.ts";
import { UsageError } from "../../report-failure.ts";
import { type ClusterFlags, clusterOf, clusterOptions, onCluster } from "../options/cluster.ts";
import { type Examples, withExamples } from "../options/option-values.ts";

/** Adds `plugboard forget`. */
export function addForget(program: Command, { terminal, ended }: Invocation): void {
  const forget = clusterOptions(program.command("forget"))
    .summary("remove the snapshots of a plug that will not return")
    .description(
      "Plugboard keeps snapshots from another cluster until their plugs are adopted. For a plug that will not return: lists the objects that stay, " +
        "asks for confirmation, then removes the plug's snapshots and generated keys. No hook is called.",
    )
    .argument("<plug>", "the plug, as NAMESPACE/NAME")
    .option("-y, --yes", "do not ask for confirmation")
    .action(async (plug: string, { yes = false, ...flags }: ClusterFlags & { readonly yes?: boolean }) => {
      const { forget: work } = await import("../../takeover/forget.ts");
      const agree = yes ? async () => true : terminal.agree;
      if (agree === undefined) throw new UsageError("no terminal to ask for confirmation: add --yes");
      await onCluster(flags, async (kube) => {
        const { operatorNamespace } = clusterOf(flags);
        const say = (line: string): void => terminal.stdout(`${line}\n`);
        ended(await work(kube, { operatorNamespace, plug, agree, say }));
      });
    });
  withExamples(forget, forgetExamples);
}

const forgetExamples: Examples = [["plugboard forget shop/orders", "forget a plug that was not moved to this cluster"]];
