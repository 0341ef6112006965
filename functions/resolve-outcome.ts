import { serviceAccountOf } from "../crds/defaults.ts";
import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { configInvalid, type Said } from "../crds/messages.ts";
import type { Budget } from "../templates/evaluate/budget.ts";
import { type Memory, renderText } from "../templates/template.ts";
import { hookMaterial } from "./apparatus/hook-material.ts";
import { type InterfaceProblem, type InterfaceSection, validateAgainst } from "./interface-validation.ts";
import type { Sources } from "./read-sources.ts";
import {
  partiesOf,
  type Rendering,
  type RenderingOf,
  renderResources,
  type SensitiveName,
} from "./render-resources.ts";
import type { Outcome } from "./snapshot.ts";
import { templateView } from "./template-view.ts";
import {
  type BySide,
  type MarkedData,
  markedAlone,
  mergeValues,
  type Side,
  templateData,
  type Values,
  valuesOf,
} from "./values.ts";

/** What was read for one side before its config is computed. */
export interface SideInputs {
  readonly data: Sources;
  readonly config: Sources;
  readonly vars: Values;
  /** What its apparatus gave for config. */
  readonly apparatus?: Values | undefined;
}

export interface ResolveInput {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly inputs: BySide<SideInputs>;
  readonly memory: Memory;
}

export interface Resolved {
  readonly kind: "resolved";
  readonly outcome: Outcome;
  readonly made: ReadonlyMap<string, string>;
  /** The names that its resources were given of values from Secrets. */
  readonly sensitiveNames: readonly SensitiveName[];
}

export type Resolution = Resolved | { readonly kind: "invalid"; readonly said: Said };

/** Computes what a coupling comes to: configs, validated, and all that its stages will apply. Pure. @throws TemplateError, TooLarge, InvalidInput */
export function resolveOutcome(input: ResolveInput, budget: Budget): Resolution {
  const { plug, socket, memory } = input;
  const made = new Map<string, string>();
  const raw = configsOf(input, made, budget);
  const validated = validateSides(socket.spec.interface?.config, raw, "config");
  if (validated.kind === "invalid") {
    return { kind: "invalid", said: configInvalid(validated.problems.map(({ message }) => message)) };
  }
  const config = validated.values;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    { plugConfig: config.plug, socketConfig: config.socket },
  );
  const rendered = (["plug", "socket"] as const).map((side) =>
    renderSide({ plug, socket }, { side, data, memory, budget }, made),
  );
  const resources = rendered.flatMap((one) => one.resources);
  const serviceAccounts = { plug: serviceAccountOf(plug), socket: serviceAccountOf(socket) };
  const epochs = { plug: plug.spec.epoch ?? "", socket: socket.spec.epoch ?? "" };
  return {
    kind: "resolved",
    outcome: { config, resources, serviceAccounts, epochs, ...hookMaterial(plug, socket) },
    made,
    sensitiveNames: rendered.flatMap((one) => one.sensitiveNames),
  };
}

function renderSide(
  owners: { readonly plug: Plug; readonly socket: Socket },
  of: Pick<RenderingOf, "side" | "data" | "memory" | "budget">,
  made: Map<string, string>,
): Rendering {
  const owner = owners[of.side];
  const { namespace } = owner.metadata;
  const { engine } = owner.spec;
  const rendering = renderResources(
    owner.spec.resources,
    { ...of, parties: partiesOf(owners.plug), field: "resources", namespace, engine },
    (when) => when.some((event) => event !== "created" && event !== "deleted"),
  );
  for (const [name, value] of rendering.made) made.set(name, value);
  return rendering;
}

/** Both configs, merged and templated, not validated yet. @throws TemplateError */
export function configsOf(input: ResolveInput, made: Map<string, string>, budget: Budget): BySide<Values> {
  return { plug: configOf(input, "plug", { made, budget }), socket: configOf(input, "socket", { made, budget }) };
}

function configOf(
  { plug, socket, inputs, memory }: ResolveInput,
  side: Side,
  { made, budget }: { readonly made: Map<string, string>; readonly budget: Budget },
): Values {
  const owner = side === "plug" ? plug : socket;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    {
      plugData: dataOf(plug, inputs.plug.data),
      socketData: dataOf(socket, inputs.socket.data),
      vars: inputs[side].vars,
    },
  );
  const templated = renderValues(
    owner.spec.configTemplate,
    { side, field: "configTemplate", engine: owner.spec.engine ?? "go", data, memory, budget },
    made,
  );
  const { secret, configMap } = inputs[side].config;
  return mergeValues(secret, valuesOf(owner.spec.config, false), templated, configMap, inputs[side].apparatus);
}

/** The data of one side: Secret < inline < ConfigMap. */
export function dataOf(owner: Plug | Socket, { secret, configMap }: Sources): Values {
  return mergeValues(secret, valuesOf(owner.spec.data, false), configMap);
}

/** Renders a map of templates to values, each with the origin of what it read. */
export function renderValues(
  templates: { readonly [key: string]: string } | undefined,
  of: {
    readonly side: Side;
    readonly field: string;
    readonly engine: "go" | "handlebars";
    readonly data: MarkedData;
    readonly memory: Memory;
    readonly budget: Budget;
  },
  made: Map<string, string>,
): Values {
  const rendered = Object.entries(templates ?? {}).map(([key, text]) => {
    const { data, memory, engine, budget } = of;
    const context = { data, memory, engine, budget, place: `${of.side} spec.${of.field}.${key}` };
    const { text: value, sensitive, made: more } = renderText(text, context);
    for (const [name, one] of more) made.set(name, one);
    const kept = new Map([...memory.kept, ...more]);
    const alone = { ...context, data: markedAlone(data), memory: { ...memory, kept } };
    const marked = sensitive && data.marked.length > 0 && renderText(text, alone).madeOf;
    return [key, { value, sensitive, ...(marked ? { marked } : {}) }] as const;
  });
  return Object.fromEntries(rendered);
}

export type SidesValidation =
  | { readonly kind: "valid"; readonly values: BySide<Values> }
  | { readonly kind: "invalid"; readonly problems: readonly InterfaceProblem[] };

/** Validates both sides, and names every property that is missing or wrong on either. */
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
