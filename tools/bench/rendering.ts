import { TooLarge } from "../../kit/errors.ts";
import { Budget, limits } from "../../templates/evaluate/budget.ts";
import { type Engine, renderText, TemplateError } from "../../templates/template.ts";
import { functions, largeCalls, largeData } from "../../test/templates/evaluate/large-calls.ts";

/**
 * How long the units take that one stage may spend on the event loop: milliseconds of a processor for 20,000 units,
 * for every function with arguments of SIZE (default 100,000) characters, and for small ones in loops.
 * Ends with 1 where a call that takes more than a millisecond takes longer than 100 ms for as many units, or where so
 * many units take more than 64 MiB.
 */
const size = Number(process.env["SIZE"] ?? 100_000);
const bounds = { milliseconds: 100, mebibytes: 64 };
const tries = 5;

interface Measured {
  readonly call: string;
  readonly units: number;
  readonly milliseconds: number;
  /** For as many units as may be spent on the event loop. */
  readonly rate: number;
}

const large = { values: largeData(size), sensitive: [] };
const small = { values: largeData(100), sensitive: [] };

const measured = functions.flatMap((definition) => {
  const engine: Engine = definition.name === "lookup" ? "handlebars" : "go";
  const calls = largeCalls(definition);
  const looped = calls.filter((_, index) => index % 5 === 0).slice(0, 4);
  const alone = calls.map((call) => measure(call, { text: action(call, engine), data: large, engine }));
  return [
    ...alone,
    ...(engine === "handlebars"
      ? []
      : looped.map((call) => measure(`in a loop: ${call}`, { text: loop(call), data: small, engine }))),
  ];
});

const worst = measured.filter(({ milliseconds }) => milliseconds > 1).toSorted((one, other) => other.rate - one.rate);
process.stdout.write(`ms of a processor for ${limits.inlineUnits} units; ${measured.length} calls, the slowest:\n`);
for (const { call, units, milliseconds, rate } of worst.slice(0, 20))
  process.stdout.write(
    `${rate.toFixed(1).padStart(7)}  (${milliseconds.toFixed(1)} ms, ${units.toFixed(0)} units)  ${call}\n`,
  );
const held = longestHold();
process.stdout.write(
  `longest hold of the event loop: ${held.milliseconds.toFixed(0)} ms; most memory: ${held.mebibytes.toFixed(0)} MiB\n`,
);
process.exitCode =
  (worst[0]?.rate ?? 0) > bounds.milliseconds ||
  held.milliseconds > bounds.milliseconds ||
  held.mebibytes > bounds.mebibytes
    ? 1
    : 0;

interface Rendering {
  readonly text: string;
  readonly data: typeof large;
  readonly engine: Engine;
}

function action(call: string, engine: Engine): string {
  return engine === "go" ? `{% $x := ${call} %}` : `{{#if (${call.replace(/ \./g, " ")})}}{{/if}}`;
}

function loop(call: string): string {
  return `{% range until 200 %}{% $x := ${call.replace(/(^|[ (])\./g, "$1$.")} %}{% end %}`;
}

function measure(call: string, rendering: Rendering): Measured {
  let best = once(rendering, "worker");
  for (let index = 1; index < tries && rateOf(best) > bounds.milliseconds / 2; index += 1) {
    const next = once(rendering, "worker");
    if (next.milliseconds < best.milliseconds) best = next;
  }
  return { call, ...best, rate: rateOf(best) };
}

function rateOf({ milliseconds, units }: { readonly milliseconds: number; readonly units: number }): number {
  return (milliseconds * limits.inlineUnits) / units;
}

/** What spends all that may be spent on the event loop, by the calls that take longest for it. */
function longestHold(): { readonly milliseconds: number; readonly mebibytes: number } {
  let [milliseconds, mebibytes] = [0, 0];
  for (const definition of functions) {
    for (const call of largeCalls(definition).slice(0, 12)) {
      const rendering: Rendering = { text: `${action(call, "go")}`.repeat(20), data: large, engine: "go" };
      if (definition.name === "lookup") continue;
      let best = once(rendering, "inline");
      for (let index = 1; index < tries && best.milliseconds > bounds.milliseconds / 2; index += 1) {
        const next = once(rendering, "inline");
        if (next.milliseconds < best.milliseconds) best = next;
      }
      milliseconds = Math.max(milliseconds, best.milliseconds);
      mebibytes = Math.max(mebibytes, best.mebibytes);
    }
  }
  return { milliseconds, mebibytes };
}

function once({ text, data, engine }: Rendering, place: "inline" | "worker") {
  const budget = new Budget(undefined, place);
  const memory = { now: new Date(0), seed: "bench", kept: new Map<string, string>() };
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  try {
    renderText(text, { data, memory, place: "bench", engine, budget });
  } catch (error) {
    const expected =
      error instanceof TemplateError || error instanceof TooLarge || (error instanceof Error && error.name === "Heavy");
    if (!expected) throw error;
  }
  const { user, system } = process.cpuUsage(start);
  return {
    milliseconds: (user + system) / 1000,
    units: budget.spent.units,
    mebibytes: (process.memoryUsage.rss() - before) / 2 ** 20,
  };
}
