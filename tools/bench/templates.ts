import { readFileSync } from "node:fs";
import Handlebars from "handlebars";
import { loadAll } from "js-yaml";
import type { Json } from "../../kit/kube/port.ts";
import { Budget } from "../../templates/evaluate/budget.ts";
import { renderObject } from "../../templates/template.ts";

/**
 * The PostgreSQL sample's Job rendered per second, beside the same Job as a text that Handlebars.compile has turned
 * into JavaScript, on equal data.
 * Rounds of both alternate, so that both meet the same machine.
 */
const rounds = 15;
const roundMilliseconds = 200;

const values = {
  plug: { metadata: { name: "orders", namespace: "shop" } },
  plugConfig: { connections: "10", password: "a password" },
  socketConfig: { host: "postgres.data.svc", port: "5432", database: "shop.orders" },
};
const context = {
  data: { values, sensitive: [["plugConfig", "password"]] },
  memory: { now: new Date(), seed: "bench", kept: new Map<string, string>() },
  place: "spec.resources[0].template",
  engine: "go",
} as const;

const job = jobOf(readFileSync(new URL("../../samples/postgres/30-socket.yaml", import.meta.url), "utf8"));
// biome-ignore lint/plugin: the text is our own, and what is measured is what a compiled template takes.
const compiled = Handlebars.compile(JSON.stringify(job).replaceAll("{% .", "{{").replaceAll(" %}", "}}"), {
  noEscape: true,
});
const ours = () => renderObject(job, { ...context, budget: new Budget() }).value;
const theirs = () => JSON.parse(compiled(values));
if (JSON.stringify(ours()) !== JSON.stringify(theirs())) throw new Error("the two do not render the same Job");

const rates = { ours: [] as number[], theirs: [] as number[] };
for (let round = 0; round < rounds; round++) {
  rates.ours.push(rateOf(ours));
  rates.theirs.push(rateOf(theirs));
}
const [own, other] = [medianOf(rates.ours), medianOf(rates.theirs)];
process.stdout.write(`renderObject:        ${own.toFixed(0)} Jobs/s\n`);
process.stdout.write(`Handlebars.compile:  ${other.toFixed(0)} Jobs/s\n`);
process.stdout.write(`ratio:               ${(own / other).toFixed(2)} (bound 0.33)\n`);

function rateOf(render: () => unknown): number {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < roundMilliseconds) {
    for (let index = 0; index < 50; index++) render();
    count += 50;
  }
  return (1000 * count) / (performance.now() - start);
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0;
}

/** The template of the first Job that the sample's socket applies. */
function jobOf(text: string): Json {
  const found = loadAll(text)
    .flatMap(templatesOf)
    .find((template) => template["kind"] === "Job");
  if (found === undefined) throw new Error("the sample's socket has no Job");
  return found;
}

interface Manifest {
  readonly spec?: { readonly resources?: readonly { readonly template?: { readonly [key: string]: Json } }[] };
}

function templatesOf(document: unknown): readonly { readonly [key: string]: Json }[] {
  const { spec } = document as Manifest;
  return (spec?.resources ?? []).flatMap(({ template }) => (template === undefined ? [] : [template]));
}
