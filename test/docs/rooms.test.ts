import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");

/** The TypeScript files below a folder, by their paths from the root. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesIn(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** The files that a file imports, types and files that are loaded later included. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport\s*\(|\bimport)\s*"(\.[^"]+)"/g)];
  return specifiers.map(([, specifier = ""]) => normalize(join(dirname(file), specifier)));
}

/** The folder of a tree that a file is in; undefined for a file at the top of the tree, or outside of it. */
function roomOf(tree: string, file: string): string | undefined {
  const [top, room, ...rest] = file.split("/");
  return top === tree && rest.length > 0 ? room : undefined;
}

/** Which rooms of a tree import which, and by which files. */
function arrowsIn(tree: string, leaves: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const arrows = new Map<string, Map<string, string>>();
  for (const file of filesIn(tree).filter((one) => !leaves.includes(one)))
    for (const imported of importsOf(file)) {
      const [from, to] = [roomOf(tree, file), roomOf(tree, imported)];
      if (from === undefined || to === undefined || from === to) continue;
      arrows.set(from, (arrows.get(from) ?? new Map<string, string>()).set(to, `${file} imports ${imported}`));
    }
  return arrows;
}

/** A way from a room back to itself, as imports; undefined if there is none. */
function wayBack(
  arrows: ReadonlyMap<string, ReadonlyMap<string, string>>,
  home: string,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const search = (room: string): readonly string[] | undefined => {
    for (const [next, step] of arrows.get(room) ?? []) {
      if (next === home) return [step];
      if (seen.has(next)) continue;
      seen.add(next);
      const rest = search(next);
      if (rest !== undefined) return [step, ...rest];
    }
    return undefined;
  };
  return search(home);
}

/** The stages: the files that functions/stages.ts loads, which nothing else imports. */
const stages = importsOf("functions/stages.ts").filter((file) => roomOf("functions", file) !== undefined);

describe.each([
  ["functions", stages],
  ["eventing", []],
  ["kit", []],
  ["cli", []],
])("the rooms of %s", (tree, leaves) => {
  const arrows = arrowsIn(tree, leaves);

  test("import each other in one direction, types included", () => {
    expect(arrows.size).toBeGreaterThan(1);
    expect([...arrows.keys()].flatMap((room) => wayBack(arrows, room) ?? [])).toEqual([]);
  });
});

test("functions/stages.ts loads each stage from a room", () => {
  expect(stages.length).toBeGreaterThan(10);
});

test("docs/design/architecture.md lists each room of functions above those that it imports", () => {
  const page = readFileSync(join(root, "docs/design/architecture.md"), "utf8");
  const [table = ""] = /### functions\n[\s\S]*?\n### /.exec(page) ?? [];
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const rowOf = (room: string): number => rows.findIndex((row) => row.split("|")[1]?.includes(`functions/${room}/`));
  const rooms = new Set(filesIn("functions").flatMap((file) => roomOf("functions", file) ?? []));
  expect([...rooms].filter((room) => rowOf(room) < 0)).toEqual([]);
  const upwards = [...arrowsIn("functions", stages)].flatMap(([from, to]) =>
    [...to].filter(([room]) => rowOf(room) <= rowOf(from)).map(([, step]) => step),
  );
  expect(upwards).toEqual([]);
});
