import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../../..");

/** The lines of a module in which `biome lint`, as it is configured here, finds Handlebars' compiler. */
async function linesFound(text: string): Promise<readonly number[]> {
  const folder = await mkdtemp(join(root, "test/tools/lint/linted-"));
  try {
    await writeFile(join(folder, "module.ts"), text);
    const program = join(root, "node_modules/@biomejs/biome/bin/biome");
    // What is not in Git is linted, too.
    const flags = ["lint", "--vcs-enabled=false", "--only=plugin", "--max-diagnostics=none", "--colors=off", folder];
    const said = await new Promise<string>((resolve) => {
      execFile(process.execPath, [program, ...flags], { cwd: root }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    return [...said.matchAll(/module\.ts:(\d+):\d+ plugin/g)].map(([, line]) => Number(line));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("whoever would run Handlebars' compiler is told so by the lint, whatever they call it, and nobody else is", async () => {
  const wrong = [
    'import { compile as make } from "handlebars";',
    'import * as everything from "handlebars";',
    'import Other from "handlebars/dist/cjs/handlebars.js";',
    'export const a = Handlebars.compile("x");',
    'export const b = Handlebars["compile"]("x");',
    'export const c = Handlebars.precompile("x");',
    "export const { compile } = Handlebars;",
  ];
  const right = [
    'import Handlebars from "handlebars";',
    'import { RE2JS } from "re2js";',
    'export const d = Handlebars.parse("x");',
    'export const e = RE2JS.compile("x");',
    "export const f = [make, everything, Other];",
  ];
  expect(await linesFound([...wrong, ...right].join("\n"))).toEqual(wrong.map((_, index) => index + 1));
});
