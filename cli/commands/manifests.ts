import { type Command, Option } from "commander";
import type { Invocation } from "../invocation.ts";
import { type Examples, withExamples } from "./options/option-values.ts";

/** Adds `plugboard manifests`. */
export function addManifests(program: Command, { terminal }: Invocation): void {
  const manifests = program
    .command("manifests")
    .summary("print what runs Plugboard on a cluster")
    .description(
      "Prints everything that a cluster needs to run Plugboard, in one file: its namespace, CRDs, service accounts with the rights they need " +
        "and no more, and what runs. standalone: two instances of `plugboard run`. knative: each stage a Knative Service of its own, triggered by events.",
    )
    .addOption(
      new Option("--target <target>", "what it runs on").choices(["standalone", "knative"]).makeOptionMandatory(),
    )
    .option(
      "--set <key=value...>",
      "choose otherwise than usual, for example config.replicas=3; a list with commas, anything deeper as JSON. --set help lists all keys",
    )
    .addOption(new Option("-o, --output <format>", "how they are printed").choices(["yaml", "json"]).default("yaml"))
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
  ["plugboard manifests --target standalone | kubectl apply --server-side -f -", "install or upgrade it"],
  [
    "plugboard manifests --target knative --set images.plugboard.repository=registry.example.com/plugboard",
    "your image",
  ],
  [
    "plugboard manifests --target standalone --set config.namespaces=shop,data",
    "serve two namespaces, with rights in them alone",
  ],
  [
    "plugboard manifests --target knative --set broker.class=Kafka --set broker.config.name=kafka-broker-config",
    "on Kafka",
  ],
];
