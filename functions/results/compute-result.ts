import { missingValuesOf } from "../../crds/coupling/defaults.ts";
import { resultInvalid, type Said } from "../../crds/messages.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { hasBytes } from "../../kit/encoding/bytes.ts";
import { InvalidInput } from "../../kit/errors.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import type { Memory, MissingValues } from "../../templates/template.ts";
import type { Sources } from "../config/read-sources.ts";
import { dataOf, droppedOf, renderValues, validateSides } from "../config/resolve-configs.ts";
import {
  type ByProducts,
  type Dropped,
  gather,
  noByProducts,
  type Remark,
  type SensitiveName,
} from "../rendering/remarks.ts";
import { partiesOf, type RenderedResource, type Rendering, renderResources } from "../rendering/render-resources.ts";
import { templateView } from "../rendering/template-view.ts";
import {
  type BySide,
  mergeValues,
  type Side,
  sides,
  templateData,
  type Values,
  valuesOf,
} from "../rendering/values.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** The inputs of one side's result. */
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
  /** Used if neither side nor a named interface decides; absent: print. */
  readonly missingValues?: MissingValues | undefined;
}

export interface ComputedResult {
  readonly kind: "computed";
  readonly result: BySide<Values>;
  readonly resources: readonly RenderedResource[];
  readonly made: ReadonlyMap<string, string>;
  readonly remarks: readonly Remark[];
  /** The names of its resources that contain values from Secrets. */
  readonly sensitiveNames: readonly SensitiveName[];
}

/**
 * Computes the results of a performed revision, and renders their resources.
 * Pure.
 * @throws TemplateError, TooLarge, InvalidInput
 */
export function computeResult(
  input: ResultInput,
  budget: Budget,
): ComputedResult | { readonly kind: "pending"; readonly said: Said } {
  const found = noByProducts();
  const memory: Memory = { now: new Date(input.snapshot.resolvedAt), seed: input.snapshot.seed, kept: input.kept };
  const making: Making = { memory, found, budget };
  const raw = { plug: resultOf(input, "plug", making), socket: resultOf(input, "socket", making) };
  const validated = validateSides(input.socket.spec.interface?.result, raw, "result");
  if (validated.kind === "invalid") {
    const late = validated.problems.every(({ missing }) => missing);
    const problems = validated.problems.map(({ message }) => message);
    return { kind: "pending", said: resultInvalid(problems, late) };
  }
  const result = validated.values;
  refuseShownBytes(result);
  const dropped = droppedOf(raw, result, "Result");
  const rendered = sides.map((side) => renderSide(input, side, { result, dropped }, making));
  const resources = rendered.flatMap((one) => one.resources);
  const sensitiveNames = rendered.flatMap((one) => one.sensitiveNames);
  return { kind: "computed", result, resources, ...found, sensitiveNames };
}

/** A result that may be shown is in the plug's status, which can only contain text. @throws InvalidInput */
function refuseShownBytes(result: BySide<Values>): void {
  for (const side of sides)
    for (const [key, { value, sensitive, bytesFrom }] of Object.entries(result[side]))
      if (!sensitive && hasBytes(value))
        throw new InvalidInput(
          `the ${side}'s result ${key} has bytes that are not text (UTF-8), from ${bytesFrom ?? "its template"}. Encode it with b64enc, or mark it sensitive in the interface`,
        );
}

/** The inputs, by-products and limits of a rendering. */
interface Making {
  readonly memory: Memory;
  readonly found: ByProducts;
  readonly budget: Budget;
}

function resultOf(
  { plug, socket, snapshot, inputs, missingValues }: ResultInput,
  side: Side,
  { memory, found, budget }: Making,
): Values {
  const owner = side === "plug" ? plug : socket;
  const { vars, result } = inputs[side];
  const { config } = snapshot.outcome;
  const sources = {
    plugData: dataOf(plug, inputs.plug.data),
    socketData: dataOf(socket, inputs.socket.data),
    plugConfig: config.plug,
    socketConfig: config.socket,
    resultVars: vars,
    vars,
  };
  const data = templateData({ plug: templateView(plug), socket: templateView(socket) }, sources);
  const templated = renderValues(
    owner.spec.resultTemplate,
    {
      side,
      field: "resultTemplate",
      sources: Object.values(sources),
      engine: owner.spec.engine ?? "go",
      data,
      memory,
      budget,
      missingValues: missingValuesOf(owner, socket, missingValues),
    },
    found,
  );
  return mergeValues(result.secret, valuesOf(owner.spec.result, false), templated, result.configMap);
}

interface ResultRendering {
  readonly result: BySide<Values>;
  readonly dropped: Dropped;
}

function renderSide(
  { plug, socket, snapshot, missingValues }: ResultInput,
  side: Side,
  { result, dropped }: ResultRendering,
  { memory, found, budget }: Making,
): Rendering {
  const owner = side === "plug" ? plug : socket;
  const { config } = snapshot.outcome;
  const sources = {
    plugConfig: config.plug,
    socketConfig: config.socket,
    plugResult: result.plug,
    socketResult: result.socket,
    result: result[side],
  };
  const data = templateData({ plug: templateView(plug), socket: templateView(socket) }, sources);
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
      missingValues: missingValuesOf(owner, socket, missingValues),
      dropped,
      sources: Object.values(sources),
      budget,
    },
    () => true,
  );
  gather(found, rendering);
  return rendering;
}
