import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import type { ServeOptions } from "../serve/serve.ts";
import type { Terminal } from "../terminal.ts";
import { apparatusOptions } from "./options/apparatus.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, listed, portNumber, withExamples } from "./options/option-values.ts";
import {
  adoptOption,
  logLevelOption,
  missingValuesOption,
  namespaceOption,
  serveNamespaceOption,
} from "./options/working.ts";

export interface ServeInvocation extends Invocation {
  /** Receives the options. Absent: the functions are served. */
  readonly work?: ((options: ServeOptions, terminal: Terminal) => Promise<number>) | undefined;
}

/** Adds `plugboard serve`. */
export function addServe(program: Command, { terminal, environment, ended, work }: ServeInvocation): void {
  const serve = apparatusOptions(
    clusterOptions(program.command("serve").argument("[stage]", "such as plug.couple, or lifecycle")),
  )
    .summary("run a stage as a function over HTTP, for a Broker to call")
    .description(
      "Answers CloudEvents that ask for a stage, in binary or structured mode, until it is asked to end: 200 and the fact that came of " +
        "it, 204 where there was nothing to do, 503 or 429 where it is to be tried again. `lifecycle` answers what Knative's " +
        "ApiServerSource sends with the event of the stage that is due. GET /healthz and /readyz say how it is.",
    )
    .addOption(
      new Option("--target <stage>", "the stage, in another way: plug-couple is plug.couple").env("FUNCTION_TARGET"),
    )
    .option("--all", "run every stage and lifecycle: the type of an event says which")
    .addOption(new Option("--port <port>", "where it listens").env("PORT").argParser(portNumber).default(8080))
    .option("--host <address>", "the address it listens on (default: all)")
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(adoptOption())
    .addOption(missingValuesOption())
    .option("--files <file...>", "work on these files in memory instead of on a cluster")
    .addOption(logLevelOption())
    .action(
      async (stage: string | undefined, { target, all = false, port, host, files, namespace, adopt, ...flags }) => {
        const run = work ?? (await import("../serve/serve.ts")).serve;
        ended(
          await run(
            {
              ...clusterOf(flags),
              target: all ? "all" : (stage ?? target),
              port,
              host,
              files,
              namespaces: namespace?.length > 0 ? namespace : undefined,
              serveNamespaces: flags.serveNamespace,
              adopts: adopt === "true",
              missingValues: flags.missingValues,
              allowHosts: flags.apparatusAllowHost,
              hookTimeoutSeconds: flags.apparatusTimeout,
              audience: flags.oidcAudience,
              subjects: flags.oidcSubject ?? [],
              issuer: flags.oidcIssuer,
              logLevel: flags.logLevel,
              readable: environment.readable,
            },
            terminal,
          ),
        );
      },
    );
  withExamples(tokenOptions(serve), serveExamples);
}

/** Adds the options that say who may call. */
function tokenOptions(of: Command): Command {
  return of
    .addOption(
      new Option("--oidc-audience <name>", "take only requests with a token made out for this audience").env(
        "PLUGBOARD_OIDC_AUDIENCE",
      ),
    )
    .addOption(
      new Option("--oidc-subject <name...>", "who may call: system:serviceaccount:NAMESPACE:NAME")
        .env("PLUGBOARD_OIDC_SUBJECTS")
        .argParser(listed),
    )
    .addOption(
      new Option("--oidc-issuer <url>", "who makes out the tokens (default: the cluster itself)").env(
        "PLUGBOARD_OIDC_ISSUER",
      ),
    );
}

const serveExamples: Examples = [
  ["plugboard serve plug.couple --port 8081", "one stage"],
  ["FUNCTION_TARGET=plug-couple plugboard serve", "as in the image"],
  ["plugboard serve --all --files samples/postgres", "try every stage with curl, without a cluster"],
];
