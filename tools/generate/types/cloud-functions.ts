import { targetOf } from "../../../crds/stage-names.ts";

/** The module that exports each function under its target, where the Functions Framework looks for it. */
export function cloudFunctions(names: readonly string[]): string {
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
