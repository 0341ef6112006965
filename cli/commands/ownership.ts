import { type Command, Option } from "commander";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { systemClock } from "../../kit/clock.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { UsageError } from "../report-failure.ts";
import type { Terminal } from "../terminal.ts";
import { type ClusterFlags, clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, withExamples } from "./options/option-values.ts";
import { missingValuesOption, serveNamespaceOption } from "./options/working.ts";

/** Adds the commands about coming and going: takeover, uninstall, forget, restore, and the rights that both sides need. */
export function addOwnership(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  addTakeover(program, terminal, ended);
  addUninstall(program, terminal, ended);
  addForget(program, terminal, ended);
  addRestore(program, terminal, ended);
  addRbac(program, terminal, ended);
}

function addTakeover(program: Command, terminal: Terminal, ended: (code: number) => void): void {
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

function addUninstall(program: Command, terminal: Terminal, ended: (code: number) => void): void {
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

function addForget(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const forget = clusterOptions(program.command("forget"))
    .summary("remove the snapshots of a plug that will not return")
    .description(
      "Plugboard keeps snapshots from another cluster until their plugs are adopted. For a plug that will not return: lists the objects that stay, " +
        "asks for confirmation, then removes the plug's snapshots and generated keys. No hook is called.",
    )
    .argument("<plug>", "the plug, as NAMESPACE/NAME")
    .option("-y, --yes", "do not ask")
    .action(async (plug: string, { yes = false, ...flags }: ClusterFlags & { readonly yes?: boolean }) => {
      const { forget: work } = await import("../takeover/forget.ts");
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

function addRestore(program: Command, terminal: Terminal, ended: (code: number) => void): void {
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

async function onCluster(flags: ClusterFlags, work: (kube: Kube) => Promise<void>): Promise<void> {
  const { connect } = await import("../cluster/connect.ts");
  const { kube } = await connect(clusterOf(flags));
  try {
    await work(kube);
  } finally {
    await kube.close();
  }
}

function addRbac(program: Command, terminal: Terminal, ended: (code: number) => void): void {
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

const takeoverExamples: Examples = [["plugboard takeover --dry-run", "before stopping the operator that runs today"]];

const uninstallExamples: Examples = [
  ["plugboard uninstall --keep-objects", "go back to what was before, without touching any application"],
  ["plugboard uninstall", "leave nothing behind"],
];

const forgetExamples: Examples = [["plugboard forget shop/orders", "the plug was not moved with the cluster"]];

const restoreExamples: Examples = [["plugboard restore check", "before plugboard run starts on restored namespaces"]];

const rbacExamples: Examples = [
  ["plugboard rbac -f samples/hello | kubectl apply -f -", "let a sample's service accounts do what it needs"],
  ["plugboard rbac | kubectl apply -f -", "let people who may edit a namespace edit plugs in it"],
];
