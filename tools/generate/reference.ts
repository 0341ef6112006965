import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasons } from "../../crds/reasons.ts";
import { referenceOf } from "./reference/field-tables.ts";
import { schemaOfDocument } from "./types/schemas.ts";

const root = join(import.meta.dirname, "../..");
const example = join(root, "samples", "hello");

const head = `<!-- Made from crds/*/*.yaml and samples/hello by \`npm run generate\`. Edit those, not this. -->

# The API

Group \`integration.rock8s.com\`, version \`v1beta1\`. All kinds are namespaced. [templates.md](templates.md) describes templates;
[differences.md](../integration-operator/differences.md) lists where Plugboard differs from integration-operator.

An application that needs something declares a **Plug**; an application that offers something declares a **Socket**. The smallest pair, which
\`plugboard dev samples/hello\` couples without a cluster:
`;

const foot = `## Annotations

| annotation | on | does |
| --- | --- | --- |
| \`integration.rock8s.com/paused: "true"\` | Plug, Socket | Plugboard creates, resolves, couples and updates nothing. Any other value does the same and appears in \`Ready\` as the reason; \`""\` and \`"false"\` do not pause. Deletion continues as usual. If the socket's rules refuse the namespace, a pause on the plug does not stop the end of the coupling; a pause on the socket does |
| \`integration.rock8s.com/restored-from: UID\` | Namespace | the uid of the Namespace that this one was restored from: Plugboard adopts its couplings (see [taking-over.md](../integration-operator/taking-over.md)) |
| \`integration.rock8s.com/force-remove: "true"\` | Plug, Socket (for all its plugs) | lets a due decouple finish although it cannot succeed; an Event names everything that was not performed |
| \`integration.rock8s.com/traceparent: 00-…\` | Plug, Socket | the W3C trace of its stages: their events and apparatus calls carry it (see [functions.md](../running/functions.md)) |
| \`integration.rock8s.com/revision\` | objects of \`do: recreate\` | the revision for which the object was created |
| \`integration.rock8s.com/not-ours\` | objects that existed before a coupling applied them | the object is given back at the end, not deleted |

## Conditions

| type | on | says |
| --- | --- | --- |
| \`Ready\` | Plug, Socket | whether all is well; if not, what Plugboard waits for, what to do, and whether Plugboard retries |
| \`Coupled\` | Plug, Socket | whether the plug is coupled; with the reasons of integration-operator, and new ones (InvalidConfig, InterfaceMismatch, NamespaceDenied, NotServed, SocketFull, ResultPending, Paused, Decoupling) |
| \`ConfigResolved\` | Plug | whether the configs of both sides are available and valid |
| \`Failed\` | Plug | whether a stage failed |

[reasons.md](../reasons.md) lists every reason of a condition, the party that must act, and its action.
`;

/** The catalogue of reasons as a page. */
function reasonsPage(): string {
  const rows = Object.entries(reasons)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { means, turn, remedy }]) => `| \`${code}\` | ${means} | ${turn} | ${remedy} |`);
  return [
    "<!-- Made from crds/reasons.ts by `npm run generate`. Edit that, not this. -->\n",
    "# Reasons\n",
    "Every reason of a condition or an Event that Plugboard writes, the party that must act next, and its action.",
    "`plugboard explain` ([explain.md](running/explain.md)) names the object and the party for a plug or socket of yours.\n",
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

/** The reference manual: all fields of all kinds, from their CRDs. */
function generate(): string {
  const tables = ["plug", "socket", "deferred-resource"].map((name) => {
    const { kind, schema } = schemaOfDocument(readFileSync(join(root, `crds/${name}/${name}.yaml`), "utf8"));
    return referenceOf(kind, schema);
  });
  return [head, exampleYaml(), ...tables.map((table) => `\n${table}`), `\n${foot}`].join("");
}

const pages = [
  [join(root, "docs/manifests/reference.md"), generate()],
  [join(root, "docs/reasons.md"), reasonsPage()],
] as const;
for (const [path, text] of pages) {
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error(`${path} does not fit its sources any more: run \`npm run generate\``);
    process.exitCode = 1;
  }
}
