import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard manifests`. */
export function addManifests(program: Command, { terminal }: Invocation): void {
  const manifests = program
    .command("manifests")
    .summary("print the manifests that install Plugboard on a cluster")
    .description(
      "Prints all manifests of an installation: namespace, CRDs, service accounts with only the rights they need, and workloads. " +
        "standalone: two instances of `plugboard run`. knative: a Knative Service for each stage, and Triggers that call it.",
    )
    .addOption(
      new Option("--target <target>", "what Plugboard runs on")
        .choices(["standalone", "knative"])
        .makeOptionMandatory(),
    )
    .option(
      "--set <key=value...>",
      "change a value, for example config.replicas=3; separate list items with commas, write objects as JSON; --set help lists all keys",
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(["yaml", "json"]).default("yaml"))
    .action(async ({ target, set: settings = [], output }) => {
      const [{ printManifests }, { notesFor }] = await Promise.all([
        import("../deploy/render.ts"),
        import("../deploy/render.ts"),
      ]);
      terminal.stdout(printManifests({ target, settings }, output));
      if (settings.includes("help")) return;
      for (const note of notesFor({ target, settings })) terminal.stderr(`note: ${note}\n`);
    });
  withExamples(manifests, examples);
}

const examples: Examples = [
  ["plugboard manifests --target standalone | kubectl apply --server-side -f -", "install or upgrade Plugboard"],
  [
    "plugboard manifests --target knative --set images.plugboard.repository=registry.example.com/plugboard",
    "use an image in your registry",
  ],
  [
    "plugboard manifests --target standalone --set config.namespaces=shop,data",
    "serve two namespaces, with rights only there",
  ],
  [
    "plugboard manifests --target knative --set broker.class=Kafka --set broker.config.name=kafka-broker-config",
    "use the Kafka Broker",
  ],
];
