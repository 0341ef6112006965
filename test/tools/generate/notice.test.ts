import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Metafile } from "esbuild";
import { bundledPackages } from "../../../tools/generate/notice/bundled-packages.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "notice-"));
});
afterEach(() => rm(root, { recursive: true }));

async function install(path: string, license: unknown, files: { readonly [name: string]: string } = {}): Promise<void> {
  const folder = join(root, "node_modules", path);
  await mkdir(folder, { recursive: true });
  const name = path.replace(/^.*node_modules\//, "");
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", license }));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
}

/** What esbuild says of a bundle that holds so many bytes of each module. */
function bundleOf(bytes: { readonly [path: string]: number }): Metafile {
  const inputs = Object.entries(bytes).map(([path, bytesInOutput]) => [path, { bytesInOutput }] as const);
  const output = { bytes: 0, inputs: Object.fromEntries(inputs), imports: [], exports: [] };
  return { inputs: {}, outputs: { "out.mjs": output } };
}

test("names each package of which a bundle holds something once, with its licence and notices word for word", async () => {
  await install("plain", "MIT", {
    LICENSE: "Copyright Somebody\r\n",
    "README.md": "not this",
    "license-checker.js": "x",
  });
  await install("@scope/noticed", "Apache-2.0", { "LICENSE.txt": "Apache", NOTICE: "Made by somebody" });
  await install("plain/node_modules/inner", "ISC");
  await install("left-out", "GPL-3.0");
  const packages = bundledPackages(root, [
    bundleOf({ "cli/main.ts": 10, "node_modules/plain/a.js": 1, "node_modules/plain/lib/b.js": 1 }),
    bundleOf({
      "node_modules/@scope/noticed/a.js": 5,
      "node_modules/plain/node_modules/inner/a.js": 5,
      "node_modules/left-out/a.js": 0,
    }),
  ]);
  expect(packages).toEqual([
    { name: "@scope/noticed", version: "1.0.0", license: "Apache-2.0", texts: ["Apache", "Made by somebody"] },
    { name: "inner", version: "1.0.0", license: "ISC", texts: [] },
    { name: "plain", version: "1.0.0", license: "MIT", texts: ["Copyright Somebody"] },
  ]);
});

test.each([["GPL-3.0-only"], ["SEE LICENSE IN terms"], [undefined], [{ type: "MIT" }]])(
  "refuses a package under %j: somebody has to find out first",
  async (license) => {
    await install("odd", license);
    expect(() => bundledPackages(root, [bundleOf({ "node_modules/odd/a.js": 1 })])).toThrow(
      "odd 1.0.0 is in the bundle",
    );
  },
);
