import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Grants, type Rights, readDescriptor } from "../../cli/deploy/descriptor.ts";
import { group } from "../../crds/names.ts";

/**
 * `npm run generate`: writes the rights of each account, from serverless.yaml, into docs/security.md; with `--check`,
 * only compares.
 */
const file = join(import.meta.dirname, "../../docs/security.md");
const [head, foot] = ["<!-- Made from serverless.yaml by `npm run generate`. -->\n", "<!-- end -->"];

const text = readFileSync(file, "utf8");
const [start, end] = [text.indexOf(head), text.indexOf(foot)];
if (start < 0 || end < start) throw new Error("docs/security.md has no place for the table of rights");
const wanted = `${text.slice(0, start + head.length)}${table()}${text.slice(end)}`;
if (!process.argv.includes("--check")) writeFileSync(file, wanted);
else if (wanted !== text) {
  console.error("the rights in docs/security.md are not those of serverless.yaml any more: run `npm run generate`");
  process.exitCode = 1;
}

function table(): string {
  const { source, functions } = readDescriptor();
  const rows = [
    row("plugboard-source", source.rights),
    ...functions.map(({ target, rights, optional }) => row(optional ? `${target} (optional)` : target, rights)),
  ];
  const columns = "| account | in the namespaces that are served | in Plugboard's own namespace | as the owner |";
  return `${columns}\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function row(account: string, { served, cluster, operator, impersonated }: Rights): string {
  const everywhere =
    Object.keys(cluster).length === 0 ? "" : `; in the whole cluster, where it is served: ${said(cluster)}`;
  return `| ${account} | ${said(served)}${everywhere} | ${said(operator)} | ${impersonated.join(", ")} |`;
}

/** The rights as text, grouped by verbs. Our kinds have their short names. */
function said(grants: Grants): string {
  const alike = Map.groupBy(Object.entries(grants), ([, verbs]) => verbs.join(", "));
  return [...alike]
    .map(([verbs, entries]) => `${verbs}: ${entries.map(([name]) => name.replace(`.${group}`, "")).join(", ")}`)
    .join("; ");
}
