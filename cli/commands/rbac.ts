import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { UsageError } from "../report-failure.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard rbac`. */
export function addRbac(program: Command, { terminal, ended }: Invocation): void {
  const rbac = program
    .command("rbac")
    .summary("print the roles that service accounts and people need")
    .description(
      "With -f: prints the Role and RoleBinding that each service account needs to apply and read the objects of the plugs and sockets in the files. " +
        "Without -f: prints ClusterRoles that let people who may edit or view a namespace also edit or view its plugs and sockets.",
    )
    .option("-f, --file <file...>", "files or folders with plugs, sockets, and the CRDs of the objects that they apply")
    .option("-n, --namespace <name>", "with -f: namespace of manifests that have none; prints only the roles in it")
    .addOption(new Option("-o, --output <format>", "output format").choices(["yaml", "json"]).default("yaml"))
    .action(async ({ file, namespace, output }) => {
      if (file === undefined && namespace !== undefined) throw new UsageError("--namespace goes with -f FILE");
      const { rbac: work } = await import("../deploy/rights/rbac.ts");
      ended(await work({ paths: file, namespace, output }, terminal));
    });
  withExamples(rbac, rbacExamples);
}

const rbacExamples: Examples = [
  ["plugboard rbac -f samples/hello | kubectl apply -f -", "give the service accounts of a sample their rights"],
  ["plugboard rbac | kubectl apply -f -", "let people who may edit a namespace edit its plugs"],
];
