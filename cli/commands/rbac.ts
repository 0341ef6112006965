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
      "With -f: the Role and RoleBinding that each service account needs for what the plugs and sockets in the files apply and read. " +
        "Without: ClusterRoles that let people who may edit or view a namespace edit or view the plugs and sockets in it.",
    )
    .option("-f, --file <file...>", "files or folders with plugs, sockets, and CRDs of what they apply")
    .option("-n, --namespace <name>", "with -f: the namespace of manifests that name none; only its roles are printed")
    .addOption(new Option("-o, --output <format>", "how they are printed").choices(["yaml", "json"]).default("yaml"))
    .action(async ({ file, namespace, output }) => {
      if (file === undefined && namespace !== undefined) throw new UsageError("--namespace goes with -f FILE");
      const { rbac: work } = await import("../deploy/rights/rbac.ts");
      ended(await work({ paths: file, namespace, output }, terminal));
    });
  withExamples(rbac, rbacExamples);
}

const rbacExamples: Examples = [
  ["plugboard rbac -f samples/hello | kubectl apply -f -", "let a sample's service accounts do what it needs"],
  ["plugboard rbac | kubectl apply -f -", "let people who may edit a namespace edit plugs in it"],
];
