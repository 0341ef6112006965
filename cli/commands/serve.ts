import { type Command, Option } from "commander";
import type { Invocation, Terminal } from "../invocation.ts";
import type { ServeOptions } from "../serve/serve.ts";
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
    clusterOptions(program.command("serve").argument("[stage]", "the stage, for example plug.couple, or lifecycle")),
  )
    .summary("serve a stage as an HTTP function that a Broker calls")
    .description(
      "Answers CloudEvents that request a stage, in binary or structured mode, until it is stopped. Answers 200 with the resulting fact, " +
        "204 if nothing was due, 503 or 429 to ask for a retry. `lifecycle` takes the events of Knative's ApiServerSource and answers " +
        "with the event of the due stage. GET /healthz and /readyz report health.",
    )
    .addOption(
      new Option("--target <stage>", "the stage, with a dash instead of the dot: plug-couple").env("FUNCTION_TARGET"),
    )
    .option("--all", "serve all stages and lifecycle; the type of an event selects one")
    .addOption(new Option("--port <port>", "port to listen on").env("PORT").argParser(portNumber).default(8080))
    .option("--host <address>", "address to listen on (default: all)")
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(adoptOption())
    .addOption(missingValuesOption())
    .option("--files <file...>", "load these files into an in-memory cluster instead of using a real one")
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

/** Adds the options for the tokens of callers. */
function tokenOptions(of: Command): Command {
  return of
    .addOption(
      new Option("--oidc-audience <name>", "accept only requests with an OIDC token for this audience").env(
        "PLUGBOARD_OIDC_AUDIENCE",
      ),
    )
    .addOption(
      new Option("--oidc-subject <name...>", "users that may call: system:serviceaccount:NAMESPACE:NAME")
        .env("PLUGBOARD_OIDC_SUBJECTS")
        .argParser(listed),
    )
    .addOption(
      new Option("--oidc-issuer <url>", "issuer of the tokens (default: the cluster)").env("PLUGBOARD_OIDC_ISSUER"),
    );
}

const serveExamples: Examples = [
  ["plugboard serve plug.couple --port 8081", "serve one stage"],
  ["FUNCTION_TARGET=plug-couple plugboard serve", "serve one stage, as the image does"],
  ["plugboard serve --all --files samples/postgres", "call any stage with curl, without a cluster"],
];
