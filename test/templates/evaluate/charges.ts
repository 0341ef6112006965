import { Budget, Exhausted } from "../../../templates/evaluate/budget.ts";
import { evaluate } from "../../../templates/evaluate/evaluate.ts";
import { Rendering } from "../../../templates/evaluate/rendering.ts";
import { TextSink } from "../../../templates/evaluate/sink.ts";
import { parseGo } from "../../../templates/go/parse.ts";
import type { Cost, TemplateFunction } from "../../../templates/library/function.ts";
import { library } from "../../../templates/library/library.ts";
import { Fault } from "../../../templates/problems.ts";
import { fromData } from "../../../templates/values/data.ts";
import { surfaceOf, weigh } from "../../../templates/values/size.ts";
import { Sensitive, type Value } from "../../../templates/values/value.ts";
import { now } from "../rendering.ts";
import { largeCalls, largeData } from "./large-calls.ts";

/** What one call was given, what it was charged, and what it made. */
export interface Charged {
  readonly call: string;
  readonly units: number;
  readonly bytes: number;
  readonly given: readonly unknown[];
  readonly result: Value | undefined;
}

const memory = { now, seed: "a seed", kept: new Map<string, string>() };

/** Runs the call with the function as it is defined here; undefined where the call is refused. */
export function charged(definition: TemplateFunction, call: string, size: number): Charged | undefined {
  const budget = new Budget();
  const before = { units: 0, bytes: 0 };
  let given: readonly unknown[] = [];
  let result: Value | undefined;
  const watched: TemplateFunction = {
    ...definition,
    cost: (values, context): Cost => {
      given = values;
      Object.assign(before, budget.spent);
      return definition.cost(values, context);
    },
    run: (context, values) => {
      result = definition.run(context, values);
      return result;
    },
  };
  const functions = new Map([...library, [definition.name, watched]]);
  const { template } = parseGo(`{% $x := ${call} %}`, "t", functions);
  const rendering = new Rendering("t", memory, { lenient: false, budget });
  try {
    evaluate(template, fromData(largeData(size), rendering.bounds), rendering, new TextSink(rendering.bounds), {
      at: 0,
    });
  } catch (error) {
    if (!(error instanceof Fault || error instanceof Exhausted) || given.length === 0) return undefined;
  }
  const { units, bytes } = budget.spent;
  return { call, units: units - before.units, bytes: bytes - before.bytes, given, result };
}

/** Arguments that a function hands on, or finds something in, without going over them; `all`: whatever it is given. */
const unread: ReadonlyMap<string, readonly number[] | "all"> = new Map<string, readonly number[] | "all">(
  Object.entries({
    and: "all",
    or: "all",
    not: "all",
    call: "all",
    index: [1],
    default: "all",
    empty: "all",
    coalesce: "all",
    all: "all",
    any: "all",
    ternary: "all",
    required: "all",
    fail: "all",
    typeOf: "all",
    kindOf: "all",
    typeIs: [1],
    typeIsLike: [1],
    kindIs: [1],
    plural: "all",
    list: "all",
    tuple: "all",
    first: "all",
    last: "all",
    mustFirst: "all",
    mustLast: "all",
    append: [1],
    push: [1],
    prepend: [1],
    mustAppend: [1],
    mustPush: [1],
    mustPrepend: [1],
    without: [1, 2],
    mustWithout: [1, 2],
    has: [0],
    mustHas: [0],
    slice: [1, 2],
    mustSlice: [1, 2],
    get: [0],
    hasKey: [0],
    set: [0, 2],
    unset: [0],
    pluck: [1, 2],
    dig: [1, 2],
    dict: [1],
    lookup: [0],
  }),
);

/** Functions that go over all that is in what they are given. */
const walking =
  /^(print|println|html|js|urlquery|quote|squote|cat|join|toStrings|sortAlpha|toString|deepEqual|deepCopy|mustDeepCopy|(must)?to(Raw|Pretty)?Json|toYaml|toDecimal|urlJoin)$/i;

/** What takes long whatever it is given: units that are well below what it takes. */
const slow: ReadonlyMap<string, number> = new Map(
  Object.entries({
    bcrypt: 20_000,
    htpasswd: 20_000,
    derivePassword: 100_000,
    genCA: 30_000,
    genSelfSignedCert: 30_000,
    genSignedCert: 30_000,
    genCAWithKey: 5_000,
    genSelfSignedCertWithKey: 5_000,
    genSignedCertWithKey: 5_000,
    buildCustomCert: 500,
    uuidv4: 10,
    randInt: 10,
    date: 100,
    dateInZone: 100,
    date_in_zone: 100,
    htmlDate: 100,
    htmlDateInZone: 100,
    toDate: 100,
    mustToDate: 100,
  }),
);

const charactersPerUnit = 64;

/** Where a call was charged less than it reads or makes; undefined where it was charged enough. */
export function undercharge(
  { name }: TemplateFunction,
  { call, units, bytes, given, result }: Charged,
): string | undefined {
  const free = unlimited();
  const skipped = unread.get(name) ?? [];
  const read = given
    .filter((_, index) => skipped !== "all" && !skipped.includes(index))
    .map((value) => (walking.test(name) ? weigh(value as Value, free) : surfaceOf(value)))
    .reduce((sum, one) => sum + one, 0);
  const least = Math.max(slow.get(name) ?? 0, read < 500 ? 0 : read / charactersPerUnit);
  if (units < least) return `${call}: reads ${read} characters, needs ${least} units, is charged ${units}`;
  const made = isNew(result, given) ? surfaceOf(result) : 0;
  if (made > 500 && bytes < made) return `${call}: makes ${made} characters, is charged ${bytes} bytes`;
  return undefined;
}

/** No argument, and nothing out of one. */
function isNew(result: Value | undefined, given: readonly unknown[]): boolean {
  const plain = plainOf(result);
  return !given.some((value) => isIn(plain, plainOf(value), 3));
}

function isIn(wanted: unknown, value: unknown, depth: number): boolean {
  if (wanted === value) return true;
  if (depth === 0 || typeof value !== "object" || value === null) return false;
  if ("items" in value && Array.isArray(value.items))
    return value.items.some((item) => isIn(wanted, plainOf(item), depth - 1));
  if (!("entries" in value) || typeof value.entries !== "function") return false;
  return [...value.entries()].some(([, item]) => isIn(wanted, plainOf(item), depth - 1));
}

function plainOf(value: unknown): unknown {
  return value instanceof Sensitive ? value.value : value;
}

function unlimited() {
  return new Rendering("t", memory, { lenient: false, budget: new Budget() }).bounds;
}

/** The worst complaint about a function's charges for large calls; undefined where all are charged enough. */
export function underchargeOf(definition: TemplateFunction, size: number): string | undefined {
  for (const call of largeCalls(definition)) {
    const one = charged(definition, call, size);
    const complaint = one === undefined ? undefined : undercharge(definition, one);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}
