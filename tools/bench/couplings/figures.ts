import type { Machine } from "./machine.ts";
import type { Usage } from "./usage.ts";

/** What was measured of one contender over all rounds. */
export interface Figures {
  readonly title: string;
  readonly plugs: number;
  readonly couplingsPerSecond: number;
  /** From the creation of a plug to Coupled=True, while all are coupled at once. */
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** The same where a plug is created when the one before it is coupled. */
  readonly aloneP50Milliseconds: number;
  readonly aloneP99Milliseconds: number;
  readonly endsPerSecond: number;
  readonly requestsPerCoupling: number;
  readonly requestsPerEnd: number;
  /** Of its own process, from the first creation until the API server was quiet. */
  readonly cpuSecondsPerThousandCouplings: number;
  readonly cpuSecondsPerThousandEnds: number;
  readonly peakMegabytes: number;
  readonly apiServerCpuSecondsPerThousandCouplings: number;
  readonly etcdCpuSecondsPerThousandCouplings: number;
  readonly requests: { readonly [request: string]: number };
}

/** What one run measured, and where. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  /** The load average of a minute before and after: what else ran makes all figures worse. */
  readonly load: { readonly before: number; readonly after: number };
  readonly settings: { readonly plugs: number; readonly sockets: number; readonly rounds: number };
  readonly apiServer: { readonly peakMegabytes: number; readonly etcdPeakMegabytes: number };
  readonly contenders: { readonly [id: string]: Figures };
}

/** What one round measured of one contender: sums, that those of several rounds are added to. */
export interface Round {
  readonly plugs: number;
  readonly coupling: Phase;
  readonly end: Phase;
  readonly milliseconds: readonly number[];
  readonly aloneMilliseconds: readonly number[];
  readonly peakMegabytes: number;
}

/** One part of a round. */
export interface Phase {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly apiServerCpuSeconds: number;
  readonly etcdCpuSeconds: number;
  /** The requests that the contender made itself. */
  readonly requests: ReadonlyMap<string, number>;
}

/** What several rounds say together. */
export function figuresOf(title: string, rounds: readonly Round[]): Figures {
  const plugs = sum(rounds.map((round) => round.plugs));
  const couplings = rounds.map(({ coupling }) => coupling);
  const ends = rounds.map(({ end }) => end);
  const each = (numbers: readonly number[]): number => rounded(sum(numbers) / plugs, 2);
  const perThousand = (numbers: readonly number[]): number => rounded((1000 * sum(numbers)) / plugs, 2);
  const milliseconds = rounds.flatMap((round) => round.milliseconds);
  const alone = rounds.flatMap((round) => round.aloneMilliseconds);
  return {
    title,
    plugs,
    couplingsPerSecond: rounded(plugs / sum(couplings.map(({ seconds }) => seconds)), 1),
    p50Milliseconds: quantile(milliseconds, 0.5),
    p99Milliseconds: quantile(milliseconds, 0.99),
    aloneP50Milliseconds: quantile(alone, 0.5),
    aloneP99Milliseconds: quantile(alone, 0.99),
    endsPerSecond: rounded(plugs / sum(ends.map(({ seconds }) => seconds)), 1),
    requestsPerCoupling: each(couplings.flatMap(({ requests }) => [...requests.values()])),
    requestsPerEnd: each(ends.flatMap(({ requests }) => [...requests.values()])),
    cpuSecondsPerThousandCouplings: perThousand(couplings.map(({ cpuSeconds }) => cpuSeconds)),
    cpuSecondsPerThousandEnds: perThousand(ends.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: Math.round(Math.max(...rounds.map(({ peakMegabytes }) => peakMegabytes))),
    apiServerCpuSecondsPerThousandCouplings: perThousand(couplings.map((phase) => phase.apiServerCpuSeconds)),
    etcdCpuSecondsPerThousandCouplings: perThousand(couplings.map((phase) => phase.etcdCpuSeconds)),
    requests: Object.fromEntries(perPlug(couplings, plugs)),
  };
}

function perPlug(phases: readonly Phase[], plugs: number): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const { requests } of phases)
    for (const [request, count] of requests) sums.set(request, (sums.get(request) ?? 0) + count);
  return [...sums].map(([request, count]) => [request, rounded(count / plugs, 3)] as const).toSorted();
}

/** The usage between two looks; the peak is the later one. */
export function usedBetween(before: Usage, after: Usage): number {
  return after.cpuSeconds - before.cpuSeconds;
}

/** The smallest number that so large a part of all does not exceed, in whole milliseconds. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}

const columns: readonly (readonly [heading: string, of: (figures: Figures) => string | number])[] = [
  ["", ({ title }) => title],
  ["plugs", ({ plugs }) => plugs],
  ["couplings/s", ({ couplingsPerSecond }) => couplingsPerSecond],
  ["p50 ms", ({ p50Milliseconds }) => p50Milliseconds],
  ["p99 ms", ({ p99Milliseconds }) => p99Milliseconds],
  ["alone p50 ms", ({ aloneP50Milliseconds }) => aloneP50Milliseconds],
  ["alone p99 ms", ({ aloneP99Milliseconds }) => aloneP99Milliseconds],
  ["requests", ({ requestsPerCoupling }) => requestsPerCoupling],
  ["CPU s/1000", ({ cpuSecondsPerThousandCouplings }) => cpuSecondsPerThousandCouplings],
  ["peak MB", ({ peakMegabytes }) => peakMegabytes],
  ["API server CPU s/1000", (figures) => figures.apiServerCpuSecondsPerThousandCouplings],
  ["etcd CPU s/1000", (figures) => figures.etcdCpuSecondsPerThousandCouplings],
  ["ends/s", ({ endsPerSecond }) => endsPerSecond],
  ["requests of an end", ({ requestsPerEnd }) => requestsPerEnd],
  ["CPU s/1000 ends", ({ cpuSecondsPerThousandEnds }) => cpuSecondsPerThousandEnds],
];

/** The table in Markdown, a row for each contender. */
export function tableOf({ contenders }: Report): string {
  const rows = Object.values(contenders).map((figures) => columns.map(([, of]) => String(of(figures))));
  return markdownTable(
    columns.map(([heading]) => heading),
    rows,
  );
}

/** A table in Markdown whose columns line up. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, 3, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(headings), line(rule), ...rows.map(line)].join("\n");
}
