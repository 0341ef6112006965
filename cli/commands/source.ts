import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { UsageError } from "../report-failure.ts";
import { clusterOf, clusterOptions } from "./options/cluster.ts";
import { type Examples, httpUrl, positiveSeconds, withExamples } from "./options/option-values.ts";
import {
  adoptOption,
  logLevelOption,
  namespaceOption,
  serveNamespaceOption,
  stagesPerNamespaceOption,
} from "./options/working.ts";

/** Adds `plugboard source`. */
export function addSource(program: Command, { terminal, environment, ended }: Invocation): void {
  const source = sinkOptions(clusterOptions(program.command("source")))
    .summary("watch a cluster and send events to a Broker, for functions that run elsewhere")
    .description(
      "Watches a cluster and sends the CloudEvent of each stage that is due to a sink, again and again until the cluster shows " +
        "that it was done. Whoever subscribes to them (`plugboard serve`) couples. Of several instances one sends, the one that " +
        "holds the Lease; it is that of `plugboard run`, as both do the same work.",
    )
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(stagesPerNamespaceOption())
    .addOption(adoptOption())
    .option("--listen <host:port>", "where /healthz, /readyz and /metrics (Prometheus) are served", ":8080")
    .addOption(logLevelOption())
    .action(async ({ sink, overrides, tokenFile, caCertificates, namespace, adopt, listen, ...flags }) => {
      if (sink === undefined)
        throw new UsageError(
          "say where events are sent: with --sink URL, or in K_SINK, which Knative's SinkBinding sets",
        );
      const { source: work } = await import("../operate/source.ts");
      const { sinkAuthorities } = await import("../operate/source.ts");
      const { parseEventOverrides } = await import("../../eventing/http/sink/event-overrides.ts");
      const options = {
        ...clusterOf(flags),
        sink,
        // A variable that is set to nothing says nothing.
        extensions: parseEventOverrides(overrides || "{}"),
        tokenFile,
        authorities: sinkAuthorities({ pem: caCertificates || undefined, folder: flags.caFolder }),
        namespaces: namespace?.length > 0 ? namespace : undefined,
        serveNamespaces: flags.serveNamespace,
        slotsPerNamespace: flags.stagesPerNamespace,
        adopts: adopt === "true",
        answerTimeoutSeconds: flags.answerTimeout,
        sinkTimeoutSeconds: flags.sinkTimeout,
        listen,
        logLevel: flags.logLevel,
        readable: environment.readable,
      };
      ended(await work(options, terminal));
    });
  withExamples(source, sourceExamples);
}

/** Adds the options that say where events are sent, and how. */
function sinkOptions(of: Command): Command {
  return of
    .addOption(
      new Option("--sink <url>", "where events are sent: a Broker, as Knative's SinkBinding gives it")
        .env("K_SINK")
        .argParser(httpUrl),
    )
    .addOption(
      new Option("--overrides <json>", 'extension attributes for every event: {"extensions":{"name":"value"}}').env(
        "K_CE_OVERRIDES",
      ),
    )
    .addOption(
      new Option("--ca-certificates <pem>", "certificate authorities of the sink beside the system's").env(
        "K_CA_CERTS",
      ),
    )
    .option("--ca-folder <folder>", "a folder of more of them, where it is there", "/knative-custom-certs")
    .option("--token-file <file>", "who sends: a token that is sent along where this file is", "/oidc/token")
    .addOption(
      new Option(
        "--answer-timeout <seconds>",
        "how long what the sink took may take to be done until it is asked for again",
      )
        .env("PLUGBOARD_ANSWER_TIMEOUT_SECONDS")
        .argParser(positiveSeconds)
        .default(60),
    )
    .addOption(
      new Option(
        "--sink-timeout <seconds>",
        "how long the sink may take to answer one request; a broker that answers when all is done takes as long as a stage",
      )
        .env("PLUGBOARD_SINK_TIMEOUT_SECONDS")
        .argParser(positiveSeconds)
        .default(75),
    );
}

const sourceExamples: Examples = [
  [
    "plugboard source --sink http://localhost:8090/default/default",
    "send to a broker of `plugboard dev --broker-port 8090`",
  ],
  ["plugboard source", "in a Pod to which a SinkBinding gives K_SINK"],
];
