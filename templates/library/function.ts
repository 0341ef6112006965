import type { Call } from "../evaluate/rendering.ts";
import type { Value } from "../values/value.ts";
import type { Param } from "./param.ts";

/** What a call takes, told before it is run. */
export interface Cost {
  /** Of work, in proportion to what is read and made. */
  readonly units: number;
  /** Bytes of what is made; absent: they are counted when it is there, because it is no larger than a few times what was read. */
  readonly makes?: number | undefined;
}

/** Tells what a call takes from the sizes of what it is given. Reads no more than it charges for. */
export type CostOf<Given> = (given: Given, call: Call) => Cost;

/** A function that templates can call. */
export interface TemplateFunction {
  readonly name: string;
  readonly parameters: readonly Param<unknown>[];
  /** What any further arguments are read as; absent: none are taken. */
  readonly rest: Param<unknown> | undefined;
  /** Arguments without which the call is refused; the parameters before any optional ones. */
  readonly required: number;
  /** How it treats arguments it may not need: `and` and `or` stop at the first that decides. */
  readonly stopsAt: boolean | undefined;
  /** It changes a dict it is given. */
  readonly changes: boolean;
  readonly cost: CostOf<readonly unknown[]>;
  readonly run: (call: Call, given: readonly unknown[]) => Value;
}

/** Functions by the names that templates call them. */
export type Library = ReadonlyMap<string, TemplateFunction>;

type Read<Parameters extends readonly Param<unknown>[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends Param<infer Type> ? Type : never;
};

/** A function of exactly these parameters. */
export function define<const Parameters extends readonly Param<unknown>[]>(
  name: string,
  parameters: Parameters,
  cost: CostOf<Read<Parameters>>,
  run: (call: Call, ...given: Read<Parameters>) => Value,
): TemplateFunction {
  return {
    name,
    parameters,
    rest: undefined,
    required: parameters.length,
    stopsAt: undefined,
    changes: false,
    cost: (given, call) => cost(given as Read<Parameters>, call),
    // The caller has read each argument with the parameter at its place, so the tuple is what the types say.
    run: (call, given) => run(call, ...(given as Read<Parameters>)),
  };
}

/** A function of these parameters and any number of further arguments. */
export function defineOpen<const Parameters extends readonly Param<unknown>[], Rest>(
  name: string,
  parameters: Parameters,
  rest: Param<Rest>,
  cost: CostOf<readonly [...Read<Parameters>, ...Rest[]]>,
  run: (call: Call, given: Read<Parameters>, rest: readonly Rest[]) => Value,
): TemplateFunction {
  const count = parameters.length;
  return {
    ...define(
      name,
      [],
      () => ({ units: 0 }),
      () => null,
    ),
    parameters,
    rest,
    required: count,
    cost: (given, call) => cost(given as readonly [...Read<Parameters>, ...Rest[]], call),
    run: (call, given) => run(call, given.slice(0, count) as Read<Parameters>, given.slice(count) as readonly Rest[]),
  };
}

/** The same function, known to change a dict it is given. */
export function changing(definition: TemplateFunction): TemplateFunction {
  return { ...definition, changes: true };
}

/** The same function under another name. */
export function alias(name: string, definition: TemplateFunction): TemplateFunction {
  return { ...definition, name };
}
