import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { resultInvalid, type Said } from "../crds/messages.ts";
import type { Budget } from "../templates/evaluate/budget.ts";
import type { Memory } from "../templates/template.ts";
import type { Sources } from "./read-sources.ts";
import {
  partiesOf,
  type RenderedResource,
  type Rendering,
  renderResources,
  type SensitiveName,
} from "./render-resources.ts";
import { dataOf, renderValues, validateSides } from "./resolve-outcome.ts";
import type { Snapshot } from "./snapshot.ts";
import { templateView } from "./template-view.ts";
import { type BySide, mergeValues, type Side, templateData, type Values, valuesOf } from "./values.ts";

/** What was read for one side before its result is computed. */
export interface ResultInputs {
  readonly data: Sources;
  readonly result: Sources;
  readonly vars: Values;
}

export interface ResultInput {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly snapshot: Snapshot;
  readonly inputs: BySide<ResultInputs>;
  readonly kept: ReadonlyMap<string, string>;
}

export interface ComputedResult {
  readonly kind: "computed";
  readonly result: BySide<Values>;
  readonly resources: readonly RenderedResource[];
  readonly made: ReadonlyMap<string, string>;
  /** The names that its resources were given of values from Secrets. */
  readonly sensitiveNames: readonly SensitiveName[];
}

/** Computes the results of a performed revision, and what is rendered from them. Pure. @throws TemplateError, TooLarge, InvalidInput */
export function computeResult(
  input: ResultInput,
  budget: Budget,
): ComputedResult | { readonly kind: "pending"; readonly said: Said } {
  const made = new Map<string, string>();
  const memory: Memory = { now: new Date(input.snapshot.resolvedAt), seed: input.snapshot.seed, kept: input.kept };
  const making: Making = { memory, made, budget };
  const raw = { plug: resultOf(input, "plug", making), socket: resultOf(input, "socket", making) };
  const validated = validateSides(input.socket.spec.interface?.result, raw, "result");
  if (validated.kind === "invalid") {
    const late = validated.problems.every(({ missing }) => missing);
    const problems = validated.problems.map(({ message }) => message);
    return { kind: "pending", said: resultInvalid(problems, late) };
  }
  const result = validated.values;
  const rendered = (["plug", "socket"] as const).map((side) => renderSide(input, side, result, making));
  const resources = rendered.flatMap((one) => one.resources);
  return { kind: "computed", result, resources, made, sensitiveNames: rendered.flatMap((one) => one.sensitiveNames) };
}

/** What rendering draws from, what it makes to be kept, and what it may take. */
interface Making {
  readonly memory: Memory;
  readonly made: Map<string, string>;
  readonly budget: Budget;
}

function resultOf(
  { plug, socket, snapshot, inputs }: ResultInput,
  side: Side,
  { memory, made, budget }: Making,
): Values {
  const owner = side === "plug" ? plug : socket;
  const { vars, result } = inputs[side];
  const { config } = snapshot.outcome;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    {
      plugData: dataOf(plug, inputs.plug.data),
      socketData: dataOf(socket, inputs.socket.data),
      plugConfig: config.plug,
      socketConfig: config.socket,
      resultVars: vars,
      vars,
    },
  );
  const templated = renderValues(
    owner.spec.resultTemplate,
    { side, field: "resultTemplate", engine: owner.spec.engine ?? "go", data, memory, budget },
    made,
  );
  return mergeValues(result.secret, valuesOf(owner.spec.result, false), templated, result.configMap);
}

function renderSide(
  { plug, socket, snapshot }: ResultInput,
  side: Side,
  result: BySide<Values>,
  { memory, made, budget }: Making,
): Rendering {
  const owner = side === "plug" ? plug : socket;
  const { config } = snapshot.outcome;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    {
      plugConfig: config.plug,
      socketConfig: config.socket,
      plugResult: result.plug,
      socketResult: result.socket,
      result: result[side],
    },
  );
  const rendering = renderResources(
    owner.spec.resultResources,
    {
      side,
      parties: partiesOf(plug),
      field: "resultResources",
      namespace: owner.metadata.namespace,
      engine: owner.spec.engine,
      data,
      memory,
      budget,
    },
    () => true,
  );
  for (const [name, value] of rendering.made) made.set(name, value);
  return rendering;
}
