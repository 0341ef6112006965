import { missingValuesOf, serviceAccountOf } from "../../crds/coupling/defaults.ts";
import { configInvalid, type Said } from "../../crds/messages.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { hasBytes } from "../../kit/encoding/bytes.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import { type Memory, type MissingValues, type RenderContext, renderText } from "../../templates/template.ts";
import {
  type ByProducts,
  type Dropped,
  gather,
  missingRemarks,
  noByProducts,
  type Remark,
  type SensitiveName,
  untoldRemarks,
} from "../rendering/remarks.ts";
import { partiesOf, type Rendering, type RenderingOf, renderResources } from "../rendering/render-resources.ts";
import { hookMaterial, templateView } from "../rendering/template-view.ts";
import {
  type BySide,
  type MarkedData,
  markedAlone,
  mergeValues,
  originOfBytes,
  type Side,
  sides,
  templateData,
  type Values,
  valuesOf,
} from "../rendering/values.ts";
import type { Outcome } from "../snapshot/snapshot.ts";
import { type InterfaceProblem, type InterfaceSection, validateAgainst } from "./interface-validation.ts";
import type { Sources } from "./read-sources.ts";

/** The inputs of one side's config. */
export interface SideInputs {
  readonly data: Sources;
  readonly config: Sources;
  readonly vars: Values;
  /** The config from its apparatus. */
  readonly apparatus?: Values | undefined;
}

export interface ResolveInput {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly inputs: BySide<SideInputs>;
  readonly memory: Memory;
  /** Used if neither side nor a named interface decides; absent: print. */
  readonly missingValues?: MissingValues | undefined;
}

export interface Resolved {
  readonly kind: "resolved";
  readonly outcome: Outcome;
  readonly made: ReadonlyMap<string, string>;
  readonly remarks: readonly Remark[];
  /** The names of its resources that contain values from Secrets. */
  readonly sensitiveNames: readonly SensitiveName[];
}

export type Resolution = Resolved | { readonly kind: "invalid"; readonly said: Said };

/**
 * Computes a revision: the validated configs, and all objects that its stages apply.
 * Pure.
 * @throws TemplateError, TooLarge, InvalidInput
 */
export function resolveOutcome(input: ResolveInput, budget: Budget): Resolution {
  const { plug, socket } = input;
  const found = noByProducts();
  const raw = configsOf(input, found, budget);
  const validated = validateSides(socket.spec.interface?.config, raw, "config");
  if (validated.kind === "invalid") {
    return { kind: "invalid", said: configInvalid(validated.problems.map(({ message }) => message)) };
  }
  const config = validated.values;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    { plugConfig: config.plug, socketConfig: config.socket },
  );
  const sources = [config.plug, config.socket];
  const dropped = droppedOf(raw, config, "Config");
  const rendered = sides.map((side) => renderSide(input, { side, data, sources, dropped, budget }, found));
  const resources = rendered.flatMap((one) => one.resources);
  const hooks = hookMaterial(plug, socket);
  if (hooks.hooks !== undefined) found.remarks.push(...untold(input, config));
  const serviceAccounts = { plug: serviceAccountOf(plug), socket: serviceAccountOf(socket) };
  const epochs = { plug: plug.spec.epoch ?? "", socket: socket.spec.epoch ?? "" };
  return {
    kind: "resolved",
    outcome: { config, resources, serviceAccounts, epochs, ...hooks },
    ...found,
    sensitiveNames: rendered.flatMap((one) => one.sensitiveNames),
  };
}

/** The values that apparatuses do not get, because JSON cannot express them. */
function untold({ plug, socket, inputs }: ResolveInput, config: BySide<Values>): readonly Remark[] {
  const data = { plugData: dataOf(plug, inputs.plug.data), socketData: dataOf(socket, inputs.socket.data) };
  const configs = { plugConfig: config.plug, socketConfig: config.socket };
  return sides
    .filter((side) => (side === "plug" ? plug : socket).spec.apparatus !== undefined)
    .flatMap((side) => {
      const told = Object.entries({ ...data, vars: inputs[side].vars, ...configs });
      return told.flatMap(([name, values]) => untoldRemarks(side, name, values));
    });
}

/** The values of both sides that the interface drops, by their names in templates. */
export function droppedOf(raw: BySide<Values>, kept: BySide<Values>, what: "Config" | "Result"): Dropped {
  const dropped = (side: Side): readonly string[] =>
    Object.keys(raw[side]).filter((key) => !Object.hasOwn(kept[side], key));
  return { [`plug${what}`]: dropped("plug"), [`socket${what}`]: dropped("socket") };
}

function renderSide(
  { plug, socket, memory, missingValues }: ResolveInput,
  of: Pick<RenderingOf, "side" | "data" | "sources" | "dropped" | "budget">,
  found: ByProducts,
): Rendering {
  const owner = of.side === "plug" ? plug : socket;
  const rendering = renderResources(
    owner.spec.resources,
    {
      ...of,
      parties: partiesOf(plug),
      field: "resources",
      namespace: owner.metadata.namespace,
      engine: owner.spec.engine,
      memory,
      missingValues: missingValuesOf(owner, socket, missingValues),
    },
    (when) => when.some((event) => event !== "created" && event !== "deleted"),
  );
  gather(found, rendering);
  return rendering;
}

/** Both configs, merged and rendered, before validation. @throws TemplateError */
export function configsOf(input: ResolveInput, found: ByProducts, budget: Budget): BySide<Values> {
  return { plug: configOf(input, "plug", { found, budget }), socket: configOf(input, "socket", { found, budget }) };
}

function configOf(
  input: ResolveInput,
  side: Side,
  { found, budget }: { readonly found: ByProducts; readonly budget: Budget },
): Values {
  const { plug, socket, inputs, memory } = input;
  const owner = side === "plug" ? plug : socket;
  const sources = {
    plugData: dataOf(plug, inputs.plug.data),
    socketData: dataOf(socket, inputs.socket.data),
    vars: inputs[side].vars,
  };
  const data = templateData({ plug: templateView(plug), socket: templateView(socket) }, sources);
  const templated = renderValues(
    owner.spec.configTemplate,
    {
      side,
      field: "configTemplate",
      sources: Object.values(sources),
      engine: owner.spec.engine ?? "go",
      data,
      memory,
      budget,
      missingValues: missingValuesOf(owner, socket, input.missingValues),
    },
    found,
  );
  const { secret, configMap } = inputs[side].config;
  return mergeValues(secret, valuesOf(owner.spec.config, false), templated, configMap, inputs[side].apparatus);
}

/** The data of one side: Secret < inline < ConfigMap. */
export function dataOf(owner: Plug | Socket, { secret, configMap }: Sources): Values {
  return mergeValues(secret, valuesOf(owner.spec.data, false), configMap);
}

export interface ValueRendering extends Omit<RenderContext, "place" | "data"> {
  readonly data: MarkedData;
  readonly side: Side;
  readonly field: string;
  /** The values that the templates read. They tell where bytes come from. */
  readonly sources: readonly Values[];
}

/**
 * Renders a map of templates to values, each with the origin of the values that it read.
 * A template that is one print of a value that does not exist is left out.
 */
export function renderValues(
  templates: { readonly [key: string]: string } | undefined,
  { side, field, sources, ...of }: ValueRendering,
  found: ByProducts,
): Values {
  const rendered = Object.entries(templates ?? {}).flatMap(([key, template]) => {
    const context = { ...of, place: `${side} spec.${field}.${key}` };
    const { value, sensitive, made, missing, absent } = renderText(template, context);
    gather(found, { made, remarks: missingRemarks(side, missing, {}) });
    if (absent) return [];
    const { data, memory } = of;
    const kept = new Map([...memory.kept, ...made]);
    const alone = { ...context, data: markedAlone(data), memory: { ...memory, kept } };
    const marked = sensitive && data.marked.length > 0 && renderText(template, alone).madeOf;
    const place = `the ${side}'s spec.${field}.${key}`;
    const bytes = hasBytes(value) ? { bytesFrom: originOfBytes(value, ...sources) ?? place } : {};
    return [[key, { value, sensitive, ...(marked ? { marked } : {}), ...bytes }] as const];
  });
  return Object.fromEntries(rendered);
}

export type SidesValidation =
  | { readonly kind: "valid"; readonly values: BySide<Values> }
  | { readonly kind: "invalid"; readonly problems: readonly InterfaceProblem[] };

/** Validates both sides, and lists every property that is missing or invalid on either. */
export function validateSides(
  sections:
    | { readonly plug?: InterfaceSection | undefined; readonly socket?: InterfaceSection | undefined }
    | undefined,
  raw: BySide<Values>,
  what: "config" | "result",
): SidesValidation {
  const plug = validateAgainst(sections?.plug, raw.plug, { side: "plug", what });
  const socket = validateAgainst(sections?.socket, raw.socket, { side: "socket", what });
  if (plug.kind === "valid" && socket.kind === "valid") {
    return { kind: "valid", values: { plug: plug.values, socket: socket.values } };
  }
  return { kind: "invalid", problems: [plug, socket].flatMap((one) => (one.kind === "invalid" ? one.problems : [])) };
}
