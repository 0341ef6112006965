import { readFile } from "node:fs/promises";
import { type Figures, markdownTable, type Report } from "./couplings/figures.ts";

/**
 * Compares two runs of couplings.ts: `node tools/bench/compare.ts BEFORE.json AFTER.json`.
 * Prints each figure before and after, and the ratio. Between machines, or under other load, only the ratios between the
 * contenders of one run can be compared: they are printed beside it, in parts of the nine requests' figure.
 */
const [, , beforePath, afterPath] = process.argv;
if (beforePath === undefined || afterPath === undefined) {
  process.stderr.write("usage: node tools/bench/compare.ts BEFORE.json AFTER.json\n");
  process.exit(2);
}
const [before, after] = [await readReport(beforePath), await readReport(afterPath)];
for (const [path, { date, machine, load }] of [[beforePath, before] as const, [afterPath, after] as const])
  process.stdout.write(
    `${path}: ${date}, ${machine.processor} × ${machine.cores}, load ${load.before}/${load.after}\n`,
  );
process.stdout.write(`\n${markdownTable(["", "", "before", "after", "ratio", "ratio, by the nine"], rows())}\n`);

async function readReport(path: string): Promise<Report> {
  return JSON.parse(await readFile(path, "utf8"));
}

function rows(): readonly (readonly string[])[] {
  return Object.entries(after.contenders).flatMap(([id, figures]) => {
    const earlier = before.contenders[id];
    return earlier === undefined ? [] : rowsOf(figures.title, earlier, figures);
  });
}

function rowsOf(title: string, earlier: Figures, later: Figures): readonly (readonly string[])[] {
  const { title: _title, plugs: _plugs, requests: _requests, ...compared } = later;
  return Object.keys(compared).map((name) => {
    const [was, is] = [figure(earlier, name), figure(later, name)];
    const nine = figure(after.contenders["nine"], name) / figure(before.contenders["nine"], name);
    return [title, name, String(was), String(is), ratio(is / was), ratio(is / was / nine)];
  });
}

function figure(figures: Figures | undefined, name: string): number {
  return Number(figures === undefined ? Number.NaN : Reflect.get(figures, name));
}

function ratio(number: number): string {
  return Number.isFinite(number) ? number.toFixed(2) : "";
}
