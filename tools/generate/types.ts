import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionNames } from "../../cli/serve/served-functions.ts";
import { targetOf } from "../../crds/stage-names.ts";
import { typesOf } from "./types/declarations.ts";
import { parsersSchema, schemaOfDocument } from "./types/schemas.ts";

const root = join(import.meta.dirname, "../..");

const names = ["plug", "socket", "deferred-resource"] as const;

const head = (name: string): string =>
  `// Made from crds/${name}/${name}.yaml by \`npm run generate\`. Edit that file, not this one.\nimport type { StoredMeta } from "../parsing/stored-meta.ts";\nimport type { StructuralSchema } from "../parsing/structural-schema.ts";\n`;

/** The TypeScript of one CRD: the types of its contents, and the schema for its parser. */
function generate(name: string): string {
  const { kind, schema } = schemaOfDocument(readFileSync(join(root, `crds/${name}/${name}.yaml`), "utf8"));
  const parsers = JSON.stringify(parsersSchema(schema), undefined, 1);
  const constant = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}Schema`;
  return [
    head(name),
    ...typesOf(kind, schema),
    `/** The shape of a ${kind}, for its parser. */\nexport const ${constant}: StructuralSchema = ${parsers};\n`,
  ].join("\n");
}

function drifted(path: string, text: string): boolean {
  return !existsSync(path) || readFileSync(path, "utf8") !== text;
}

const outputs = [
  ...names.map((name) => ({ path: join(root, `crds/${name}/${name}.generated.ts`), text: generate(name) })),
  { path: join(root, "cli/cloud/cloud-functions.generated.ts"), text: cloudFunctions(functionNames) },
];
if (process.argv.includes("--check")) {
  const stale = outputs.filter(({ path, text }) => drifted(path, text)).map(({ path }) => path);
  for (const path of stale)
    console.error(`${path} does not fit what it is made from any more: run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, text } of outputs) writeFileSync(path, text);
}

/** The module that exports each function under its target, where the Functions Framework looks for it. */
function cloudFunctions(names: readonly string[]): string {
  const sorted = names.toSorted();
  return [
    "// Made from functions/stages.ts by `npm run generate`. Edit that file, not this one.",
    'import type { HttpFunction } from "@google-cloud/functions-framework";',
    'import { cloudFunction } from "./cloud-endpoint.ts";\n',
    ...sorted.map((name) => `const ${constantOf(name)}: HttpFunction = cloudFunction("${name}");`),
    "\nexport {",
    ...sorted.map((name) => `  ${constantOf(name)} as "${targetOf(name)}",`),
    "};\n",
  ].join("\n");
}

function constantOf(name: string): string {
  return name.replace(/[.-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
