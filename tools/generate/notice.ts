import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, root } from "../bundle/bundle.ts";
import { type BundledPackage, bundledPackages } from "./notice/bundled-packages.ts";

/** `npm run generate`: writes NOTICE, the licences of all packages in the bundles; with `--check`, only compares. */
const file = join(root, "NOTICE");
const wanted = noticeOf(await packagesInBundles());
const isWanted = existsSync(file) && readFileSync(file, "utf8") === wanted;
if (!process.argv.includes("--check")) writeFileSync(file, wanted);
else if (!isWanted) {
  console.error("NOTICE does not name what is in the bundles any more: run `npm run generate`");
  process.exitCode = 1;
}

async function packagesInBundles(): Promise<readonly BundledPackage[]> {
  const folder = await mkdtemp(join(tmpdir(), "notice-"));
  try {
    const entryPoints = ["cli/main.ts", "cli/cloud/function-module.ts"];
    const bundling = entryPoints.map((entryPoint) =>
      bundle({ entryPoint, outfile: join(folder, `${entryPoint}.mjs`) }),
    );
    return bundledPackages(root, await Promise.all(bundling));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function noticeOf(packages: readonly BundledPackage[]): string {
  const { license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lines = packages.map(({ name, version, license: its }) => `${name} ${version} (${its})`);
  const head = `Plugboard (${license})\n\nThe bundles and the image hold code of these packages. Made by \`npm run generate\`.\n`;
  const alike = Map.groupBy(packages, ({ texts }) => texts.join("\n\n"));
  const texts = [...alike].map(([text, those]) => {
    const names = those.map(({ name, version }) => `${name} ${version}`).join("\n");
    return `${"-".repeat(80)}\n${names}\n\n${text === "" ? "There is no text of its licence in the package." : text}\n`;
  });
  return `${head}\n${lines.join("\n")}\n\n${texts.join("\n")}`;
}
