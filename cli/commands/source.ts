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
    .summary("watch a cluster and send the events of due stages to a Broker")
    .description(
      "Watches a cluster and sends the CloudEvent of each due stage to a sink. Sends it again until the cluster shows that the stage is done. " +
        "Subscribers (`plugboard serve`) run the stages. Of several instances only the holder of the Lease sends; " +
        "`plugboard run` uses the same Lease.",
    )
    .addOption(namespaceOption())
    .addOption(serveNamespaceOption())
    .addOption(stagesPerNamespaceOption())
    .addOption(adoptOption())
    .option("--listen <host:port>", "address that serves /healthz, /readyz and /metrics (Prometheus)", ":8080")
    .addOption(logLevelOption())
    .action(async ({ sink, overrides, tokenFile, caCertificates, namespace, adopt, listen, ...flags }) => {
      if (sink === undefined)
        throw new UsageError("no sink for the events: set --sink URL or K_SINK (Knative's SinkBinding sets it)");
      const { source: work } = await import("../operate/source.ts");
      const { sinkAuthorities } = await import("../operate/source.ts");
      const { parseEventOverrides } = await import("../../eventing/http/sink/event-overrides.ts");
      const options = {
        ...clusterOf(flags),
        sink,
        // An empty variable counts as absent.
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

/** Adds the options for the sink. */
function sinkOptions(of: Command): Command {
  return of
    .addOption(
      new Option("--sink <url>", "address that gets the events: a Broker; Knative's SinkBinding sets K_SINK")
        .env("K_SINK")
        .argParser(httpUrl),
    )
    .addOption(
      new Option("--overrides <json>", 'extension attributes for all events: {"extensions":{"name":"value"}}').env(
        "K_CE_OVERRIDES",
      ),
    )
    .addOption(
      new Option(
        "--ca-certificates <pem>",
        "certificate authorities to trust for the sink, in addition to those of the system",
      ).env("K_CA_CERTS"),
    )
    .option("--ca-folder <folder>", "folder with more certificate authorities, if it exists", "/knative-custom-certs")
    .option("--token-file <file>", "file with the bearer token for the sink, if it exists", "/oidc/token")
    .addOption(
      new Option(
        "--answer-timeout <seconds>",
        "time after which a stage is requested again, if the sink took its event and the stage is not done",
      )
        .env("PLUGBOARD_ANSWER_TIMEOUT_SECONDS")
        .argParser(positiveSeconds)
        .default(60),
    )
    .addOption(
      new Option(
        "--sink-timeout <seconds>",
        "timeout of one request to the sink; a synchronous broker answers only when the stage is done",
      )
        .env("PLUGBOARD_SINK_TIMEOUT_SECONDS")
        .argParser(positiveSeconds)
        .default(75),
    );
}

const sourceExamples: Examples = [
  [
    "plugboard source --sink http://localhost:8090/default/default",
    "send to the broker of `plugboard dev --broker-port 8090`",
  ],
  ["plugboard source", "in a Pod with K_SINK from a SinkBinding"],
];
