import { brokenRules } from "../../crds/coupling/admission-rules.ts";
import { engineOf } from "../../crds/coupling/defaults.ts";
import { oversizedOwner } from "../../crds/coupling/sizes.ts";
import * as messages from "../../crds/messages.ts";
import { interfaceBroken, malformedOwner, type Said, specTooLarge } from "../../crds/messages.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import {
  checkObject,
  checkText,
  type Engine,
  referencesInObject,
  referencesInText,
  TemplateError,
  type TemplateProblem,
} from "../../templates/template.ts";
import { brokenInterface } from "../config/interface-validation.ts";
import type { Remark } from "../rendering/remarks.ts";
import type { ResourceEntry } from "../rendering/render-resources.ts";

/** The problem in a plug's or socket's own text, independent of the other side; undefined if there is none. */
export type WrittenWrong = Said;

/**
 * Checks everything that can be checked when the object is written: templates parse, rules and interface are valid.
 * Pure.
 */
export function checkPlug(plug: Plug, budget: Budget): WrittenWrong | undefined {
  return malformedness(plug) ?? oversize(plug) ?? templateTrouble(plug, budget);
}

/** As checkPlug, with the socket's rules and interface. */
export function checkSocket(socket: Socket, budget: Budget): WrittenWrong | undefined {
  const unreadable = malformedness(socket) ?? oversize(socket);
  if (unreadable !== undefined) return unreadable;
  const { interface: offered, validation } = socket.spec;
  const broken = [
    ...(validation === undefined ? [] : brokenRules(validation)),
    ...(offered === undefined ? [] : brokenInterface(offered)),
  ];
  return broken.length > 0 ? interfaceBroken(broken) : templateTrouble(socket, budget);
}

/** Why a socket's templates are invalid; undefined if they are valid. Pure. */
export function checkTemplates(owner: Plug | Socket, budget: Budget): WrittenWrong | undefined {
  return templateTrouble(owner, budget);
}

function malformedness({ kind, metadata }: Plug | Socket): WrittenWrong | undefined {
  if (metadata.problems === undefined) return undefined;
  return malformedOwner(kind.toLowerCase(), metadata.problems);
}

function oversize(owner: Plug | Socket): WrittenWrong | undefined {
  const problems = oversizedOwner(owner);
  return problems.length === 0 ? undefined : specTooLarge(`The ${owner.kind.toLowerCase()}`, problems);
}

function templateTrouble(owner: Plug | Socket, budget: Budget): WrittenWrong | undefined {
  try {
    const [first, ...more] = problemsIn(owner, budget);
    if (first === undefined) return undefined;
    return { reason: "TemplateError", message: new TemplateError([first, ...more]).message };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { reason: "TemplateError", message: error.message };
  }
}

function problemsIn(owner: Plug | Socket, budget: Budget): readonly TemplateProblem[] {
  return [...textsIn(owner)].flatMap(({ template, ...where }) =>
    typeof template === "string"
      ? checkText(template, { ...where, budget })
      : checkObject(template, { ...where, budget }),
  );
}

/** A template of a spec: a text, or a tree of texts. */
interface WrittenTemplate {
  readonly template: Json;
  readonly engine: Engine;
  /** The field of the template, then the path below it. */
  readonly place: string;
}

function* textsIn({ spec }: Plug | Socket): Generator<WrittenTemplate> {
  const engine = engineOf(spec);
  const maps = { configTemplate: spec.configTemplate, resultTemplate: spec.resultTemplate };
  for (const [field, templates] of Object.entries(maps))
    for (const [key, template] of Object.entries(templates ?? {}))
      yield { template, engine, place: `spec.${field}.${key}` };
  for (const [field, list = []] of Object.entries({ vars: spec.vars, resultVars: spec.resultVars }))
    for (const [index, { objref }] of list.entries())
      for (const name of ["templateName", "templateNamespace"] as const)
        yield { template: objref[name] ?? "", engine, place: `spec.${field}[${index}].objref.${name}` };
  const lists = { resources: spec.resources, resultResources: spec.resultResources };
  for (const [field, entries = []] of Object.entries(lists))
    for (const [index, entry] of entries.entries())
      yield* textsInEntry(entry, engineOf(spec, entry), `spec.${field}[${index}]`);
}

function* textsInEntry(entry: ResourceEntry, engine: Engine, place: string): Generator<WrittenTemplate> {
  const { template, templates = [], stringTemplate, stringTemplates = [] } = entry;
  if (template !== undefined) yield { template: jsonOf(template), engine, place: `${place}.template` };
  for (const [n, one] of templates.entries())
    yield { template: jsonOf(one), engine, place: `${place}.templates[${n}]` };
  if (stringTemplate !== undefined) yield { template: stringTemplate, engine, place: `${place}.stringTemplate` };
  for (const [n, text] of stringTemplates.entries())
    yield { template: text, engine, place: `${place}.stringTemplates[${n}]` };
}

/** Keys that a socket's templates read and its interface does not name, so that they never have a value. Pure. */
export function unnamedReferences(socket: Socket, budget: Budget): readonly Remark[] {
  const { config, result } = socket.spec.interface ?? {};
  const sections = new Map([
    ["plugConfig", { field: "config.plug", section: config?.plug }],
    ["socketConfig", { field: "config.socket", section: config?.socket }],
    ["plugResult", { field: "result.plug", section: result?.plug }],
    ["socketResult", { field: "result.socket", section: result?.socket }],
    ["result", { field: "result.socket", section: result?.socket }],
  ]);
  const references = [...textsIn(socket)]
    .filter(({ place }) => !/^spec\.(configTemplate|vars|resultVars)/.test(place))
    .flatMap(({ template, ...where }) =>
      typeof template === "string"
        ? referencesInText(template, { ...where, budget })
        : referencesInObject(template, { ...where, budget }),
    );
  const unnamed = references.flatMap(({ values, key, place }) => {
    const { field, section } = sections.get(values) ?? {};
    return field === undefined || section === undefined || Object.hasOwn(section, key)
      ? []
      : [{ read: `${values}.${key}`, field, place }];
  });
  return [...Map.groupBy(unnamed, ({ read }) => read)].map(([read, found]) => ({
    side: "socket",
    ...messages.unnamedKey(
      read,
      [...new Set(found.map(({ field }) => field))],
      [...new Set(found.map(({ place }) => place))],
    ),
  }));
}

function jsonOf(template: { readonly [field: string]: unknown }): Json {
  return copyJson(template) as Json;
}
