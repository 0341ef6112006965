import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const design = join(root, "docs/design");

function filesIn(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isMade(entry.name) ? [] : filesIn(path, ending);
    return entry.isFile() && ending.test(entry.name) ? [path] : [];
  });
}

/** Folders that are no part of the sources. */
function isMade(name: string): boolean {
  return ["node_modules", ".git", ".cache", "dist", "coverage"].includes(name);
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

const pages = filesIn(design, /\.md$/).map((path) => [relative(root, path), read(path)] as const);

/** What a page has in backticks outside of blocks of code. */
function quoted(text: string): readonly string[] {
  return [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, inside = ""]) => inside);
}

/** Files, by their ending, and folders, by their slash; patterns such as `*.test.ts` name no single file. */
function isPath(text: string): boolean {
  return (
    /^\.?[\w-][\w./-]*(\.(ts|js|json|yaml|md|svg)|\/)$/.test(text) && (text.includes("/") || !text.startsWith("."))
  );
}

/** Whether a file declares a function, class, constant, type or method of that name. */
function declares(source: string, name: string): boolean {
  const declaration = new RegExp(`\\b(?:function|class|const|interface|type) ${name}\\b`);
  const method = new RegExp(`^ {2}(?:(?:async|readonly) )*#?${name}[(:<]`, "m");
  return declaration.test(source) || method.test(source);
}

/** The heading anchors of a page, as its host makes them. */
function anchorsOf(page: string): readonly string[] {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Whether a link of a page leads nowhere; addresses of other hosts are not tried. */
function isBroken(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return false;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
}

describe.each(pages)("%s", (_page, text) => {
  test("names only files and folders that exist", () => {
    const paths = quoted(text).filter(isPath);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("names only functions that are in the file it names", () => {
    const pairs = [...text.matchAll(/`([\w.]+)` in\s+`([\w./-]+\.ts)`/g)];
    const wrong = pairs.filter(([, name = "", file = ""]) => {
      const [owner = "", method = owner] = name.split(".");
      const source = read(join(root, file));
      return !declares(source, owner) || !declares(source, method);
    });
    expect(wrong.map(([pair]) => pair)).toEqual([]);
  });
});

test("docs/design/walk.md names a function for most of its steps", () => {
  const walk = read(join(design, "walk.md"));
  const steps = walk.match(/^\d+\. /gm) ?? [];
  const pairs = walk.match(/`[\w.]+` in\s+`[\w./-]+\.ts`/g) ?? [];
  expect(steps.length).toBeGreaterThan(30);
  expect(pairs.length).toBeGreaterThan(50);
});

const everyPage = filesIn(root, /\.md$/).map((path) => [relative(root, path), read(path)] as const);

test.each(everyPage)("%s links only to files and headings that exist", (page, text) => {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  expect(links.filter((link) => isBroken(page, link))).toEqual([]);
});

test("every decision is listed, and has its four parts", () => {
  const listed = read(join(design, "decisions/README.md"));
  const decisions = readdirSync(join(design, "decisions")).filter((name) => /^\d{4}-[a-z0-9-]+\.md$/.test(name));
  expect(decisions.filter((name) => !listed.includes(`](${name})`))).toEqual([]);
  for (const name of decisions) {
    const headings = [...read(join(design, "decisions", name)).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect([name, ...headings]).toEqual([
      name,
      "Decision",
      "What else was weighed",
      "Consequences",
      "What would change it",
    ]);
  }
});

/** Lists in which a reader looks one entry up: functions of the template language, records, generated manifests. */
const lists = ["deploy/chart/templates", "docs/design/decisions", "templates/library", "test/reported", "test/vectors"];

/** Every folder of the sources, with how many entries a reader sees in it; of the top, whose files tools ask for, the folders alone. */
function foldersIn(folder: string): readonly (readonly [folder: string, entries: number])[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !isMade(entry.name));
  return [
    [relative(root, folder), folder === root ? folders.length : entries.length],
    ...folders.flatMap(({ name }) => foldersIn(join(folder, name))),
  ];
}

test("no folder has more than 16 entries, so that one look takes it in", () => {
  const folders = foldersIn(root);
  expect(folders.length).toBeGreaterThan(80);
  expect(folders.filter(([folder, entries]) => entries > 16 && !lists.includes(folder))).toEqual([]);
});

/** The tiers in which a folder has tests, by the ends of their names. */
function tiersOf(folder: string): readonly string[] {
  const tests = filesIn(folder, /\.test\.ts$/).map((file) => /\.(long|e2e|soak)\.test\.ts$/.exec(file)?.[1] ?? "unit");
  return ["unit", "long", "e2e", "soak"].filter((tier) => tests.includes(tier));
}

test("test/scenarios/README.md names every suite, with the tiers that it has tests in", () => {
  const folder = join(root, "test/scenarios");
  const suites = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rows = [...read(join(folder, "README.md")).matchAll(/^\| \[([\w-]+)\]\(\1\) \| .+ \| ([^|]+) \|$/gm)];
  expect(rows.map(([, suite, tiers]) => [suite, tiers])).toEqual(
    suites.map(({ name }) => [name, tiersOf(join(folder, name)).join(", ")]).sort(),
  );
});

test("nothing in the project cites a file that is not in it", () => {
  const outside = /\b(DESIGN|SEMANTICS|STYLE)(\.md| section)|\.\.\/shared\/(vectors|faults|seeds)/;
  const texts = filesIn(root, /\.(ts|js|json|yaml|md|sh|go)$|^Dockerfile$/).filter(
    (path) => !path.endsWith("design.test.ts"),
  );
  expect(texts.length).toBeGreaterThan(500);
  expect(texts.filter((path) => outside.test(read(path))).map((path) => relative(root, path))).toEqual([]);
});
