import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { UsageError } from "../report-failure.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "./options/working.ts";

/** Adds `plugboard explain`. */
export function addExplain(program: Command, { terminal, ended }: Invocation): void {
  const explain = clusterOptions(
    program
      .command("explain")
      .argument("<kind>", "plug, socket or deferredresource")
      .argument("<name>", "its name, as NAME or NAMESPACE/NAME"),
  )
    .summary("say why a plug or socket is not ready, and who must do what")
    .description(
      "The first three lines: what it is, its state with the cause, and whose turn it is. Then its revisions, inputs, resources, " +
        "what it waits for, its last failure, and what Plugboard does next. Prints no value of a Secret, writes nothing, and lists what " +
        "you may not read. Exit code 0: it is ready, 1: it is not, 2: the call is wrong.",
    )
    .option("-n, --namespace <name>", "namespace of a name without one (default: that of the context, or default)")
    .option("-f, --file <file...>", "couple the plugs in these files or folders in memory, instead of using a cluster")
    .option("--hold-jobs", "with -f: leave Jobs unfinished")
    .option("--rbac", "with -f: enforce the Roles and bindings in the files")
    .addOption(serveNamespaceOption())
    .addOption(missingValuesOption())
    .addOption(new Option("-o, --output <format>", "print the same facts as JSON").choices(["json"]))
    .action(async (kind: string, name: string, flags) => {
      const { namespace, file: files, holdJobs = false, rbac = false, serveNamespace: serveNamespaces } = flags;
      const { missingValues, output, ...cluster } = flags;
      if (files === undefined && (holdJobs || rbac)) throw new UsageError("--hold-jobs and --rbac need -f");
      const { explain: work } = await import("../show/explain/explain.ts");
      const how = { namespace, files, holdJobs, rbac, serveNamespaces, missingValues, output };
      ended(await work({ ...clusterOf(cluster), kind, name, ...how }, terminal));
    });
  withExamples(explain, explainExamples);
}

const explainExamples: Examples = [
  ["plugboard explain plug shop/orders", "why is this plug not ready, and whose turn is it?"],
  ["plugboard explain socket postgres -n data", "which plugs does it have, and which of them have problems?"],
  ["plugboard explain plug hello/visitor -f samples/hello", "the same for manifests, without a cluster"],
  ["plugboard explain plug shop/orders -o json", "for programs"],
];
