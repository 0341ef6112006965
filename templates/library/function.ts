import type { Call } from "../evaluate/rendering.ts";
import type { Value } from "../values/value.ts";
import type { Param } from "./param.ts";

/** The cost of a call, computed before it runs. */
export interface Cost {
  /** Work, in proportion to the input and the output. */
  readonly units: number;
  /**
   * Bytes of the output.
   * Absent: they are counted afterwards, because the output is at most a few times as large as the input.
   */
  readonly makes?: number | undefined;
}

/** Computes the cost of a call from the sizes of its arguments. Reads no more than it charges for. */
export type CostOf<Given> = (given: Given, call: Call) => Cost;

/** A function that templates can call. */
export interface TemplateFunction {
  readonly name: string;
  readonly parameters: readonly Param<unknown>[];
  /** The type of further arguments; absent: none are allowed. */
  readonly rest: Param<unknown> | undefined;
  /** The number of required arguments; they come before optional ones. */
  readonly required: number;
  /** For functions that may skip arguments: `and` and `or` stop at the first one that decides. */
  readonly stopsAt: boolean | undefined;
  /** Whether it changes a dict among its arguments. */
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
    // The caller has read each argument with its parameter, so the tuple has these types.
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

/** The same function, marked as changing a dict among its arguments. */
export function changing(definition: TemplateFunction): TemplateFunction {
  return { ...definition, changes: true };
}

/** The same function under another name. */
export function alias(name: string, definition: TemplateFunction): TemplateFunction {
  return { ...definition, name };
}
