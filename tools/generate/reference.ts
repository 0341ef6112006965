import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasons } from "../../crds/reasons.ts";
import { referenceOf } from "./reference/field-tables.ts";
import { schemaOfDocument } from "./types/schemas.ts";

const root = join(import.meta.dirname, "../..");
const output = join(root, "docs/manifests/reference.md");
const example = join(root, "samples", "hello");

const head = `<!-- Made from crds/*/*.yaml and samples/hello by \`npm run generate\`. Edit those, not this. -->

# The API

Group \`integration.rock8s.com\`, version \`v1beta1\`. All kinds are namespaced. What templates may say is in [templates.md](templates.md); where
Plugboard differs from the operator it succeeds, [differences.md](../integration-operator/differences.md).

An application that needs something declares a **Plug**; an application that offers something declares a **Socket**. The smallest pair, which
\`plugboard dev samples/hello\` couples without a cluster:
`;

const foot = `## Annotations

| annotation | on | does |
| --- | --- | --- |
| \`integration.rock8s.com/paused: "true"\` | Plug, Socket | Plugboard creates, resolves, couples and updates nothing. Any other value does the same and is the reason that \`Ready\` gives; \`""\` and \`"false"\` do not pause. What is being deleted still goes in order. A pause on a plug does not stop the end of its coupling when the socket's rules refuse its namespace; a pause on the socket does |
| \`integration.rock8s.com/restored-from: UID\` | Namespace | the uid of the Namespace that this one was restored from: Plugboard adopts its couplings (see [taking-over.md](../integration-operator/taking-over.md)) |
| \`integration.rock8s.com/force-remove: "true"\` | Plug, Socket (for all its plugs) | lets a decouple that is due finish although it cannot succeed; an Event names what was left undone |
| \`integration.rock8s.com/traceparent: 00-…\` | Plug, Socket | the W3C trace under which its stages run: events and calls of apparatuses carry it (see [functions.md](../running/functions.md)) |
| \`integration.rock8s.com/revision\` | what \`do: recreate\` made | the revision it was made for |
| \`integration.rock8s.com/not-ours\` | what was there before a coupling applied to it | it is given back at the end, not deleted |

## Conditions

| type | on | says |
| --- | --- | --- |
| \`Ready\` | Plug, Socket | in one sentence: all is well, or what is waited for, whose turn it is, and whether it is tried again by itself |
| \`Coupled\` | Plug, Socket | whether the coupling holds; its reason as the operator before had it, and new ones (InvalidConfig, InterfaceMismatch, NamespaceDenied, NotServed, SocketFull, ResultPending, Paused, Decoupling) |
| \`ConfigResolved\` | Plug | whether the configs of both sides are there and valid |
| \`Failed\` | Plug | whether something failed |
`;

function reasonsTable(): string {
  const rows = Object.entries(reasons)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { means, turn, remedy }]) => `| \`${code}\` | ${means} | ${turn} | ${remedy} |`);
  return [
    "## Reasons\n",
    "Every reason of a condition or an Event that Plugboard writes, whose turn it is, and what can be done.\n",
    "| reason | means | whose turn | what to do |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function exampleYaml(): string {
  const files = readdirSync(example)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
  const texts = files.map((name) =>
    readFileSync(join(example, name), "utf8")
      .replace(/^---\n/, "")
      .trimEnd(),
  );
  return `\n\`\`\`yaml\n${texts.join("\n---\n")}\n\`\`\`\n`;
}

/** The reference manual: every field of every kind, as its CRD says it. */
function generate(): string {
  const tables = ["plug", "socket", "deferred-resource"].map((name) => {
    const { kind, schema } = schemaOfDocument(readFileSync(join(root, `crds/${name}/${name}.yaml`), "utf8"));
    return referenceOf(kind, schema);
  });
  return [head, exampleYaml(), ...tables.map((table) => `\n${table}`), `\n${foot}`, `\n${reasonsTable()}`].join("");
}

const text = generate();
if (!process.argv.includes("--check")) writeFileSync(output, text);
else if (!existsSync(output) || readFileSync(output, "utf8") !== text) {
  console.error(`${output} does not fit the CRDs any more: run \`npm run generate\``);
  process.exitCode = 1;
}
