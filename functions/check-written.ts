import { brokenRules } from "../crds/admission-rules.ts";
import { engineOf } from "../crds/defaults.ts";
import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { interfaceBroken, malformedOwner, type Said, specTooLarge } from "../crds/messages.ts";
import { oversizedOwner } from "../crds/oversized-owner.ts";
import type { Json } from "../kit/kube.ts";
import type { Budget } from "../templates/evaluate/budget.ts";
import { type Check, checkObject, checkText, TemplateError, type TemplateProblem } from "../templates/template.ts";
import { brokenInterface } from "./interface-validation.ts";
import type { ResourceEntry } from "./render-resources.ts";

/** What is wrong with a plug's or socket's own text, whoever it meets; undefined when nothing is. */
export type WrittenWrong = Said;

/** Checks whatever can be judged as soon as it is written: that templates parse, and that rules and interface make sense. Pure. */
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

function malformedness({ kind, metadata }: Plug | Socket): WrittenWrong | undefined {
  if (metadata.problems === undefined) return undefined;
  return malformedOwner(kind.toLowerCase(), metadata.problems);
}

function oversize(owner: Plug | Socket): WrittenWrong | undefined {
  const problems = oversizedOwner(owner);
  return problems.length === 0 ? undefined : specTooLarge(`the ${owner.kind.toLowerCase()}`, problems);
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

function problemsIn({ spec }: Plug | Socket, budget: Budget): readonly TemplateProblem[] {
  const engine = engineOf(spec);
  const maps = { configTemplate: spec.configTemplate, resultTemplate: spec.resultTemplate };
  const lists = { resources: spec.resources, resultResources: spec.resultResources };
  const vars = { vars: spec.vars, resultVars: spec.resultVars };
  return [
    ...Object.entries(maps).flatMap(([field, templates]) =>
      Object.entries(templates ?? {}).flatMap(([key, text]) =>
        checkText(text, { engine, budget, place: `spec.${field}.${key}` }),
      ),
    ),
    ...Object.entries(vars).flatMap(([field, list = []]) =>
      list.flatMap(({ objref: { templateName, templateNamespace } }, index) =>
        Object.entries({ templateName, templateNamespace }).flatMap(([name, text]) =>
          text === undefined
            ? []
            : checkText(text, { engine, budget, place: `spec.${field}[${index}].objref.${name}` }),
        ),
      ),
    ),
    ...Object.entries(lists).flatMap(([field, entries = []]) =>
      entries.flatMap((entry: ResourceEntry, index) =>
        problemsInEntry(entry, { engine: engineOf(spec, entry), budget, place: `spec.${field}[${index}]` }),
      ),
    ),
  ];
}

function problemsInEntry(entry: ResourceEntry, check: Check): readonly TemplateProblem[] {
  const within = (field: string): Check => ({ ...check, place: `${check.place}.${field}` });
  const { template, templates = [], stringTemplate, stringTemplates = [] } = entry;
  return [
    ...(template === undefined ? [] : checkObject(jsonOf(template), within("template"))),
    ...templates.flatMap((one, n) => checkObject(jsonOf(one), within(`templates[${n}]`))),
    ...(stringTemplate === undefined ? [] : checkText(stringTemplate, within("stringTemplate"))),
    ...stringTemplates.flatMap((text, n) => checkText(text, within(`stringTemplates[${n}]`))),
  ];
}

function jsonOf(template: { readonly [field: string]: unknown }): Json {
  return JSON.parse(JSON.stringify(template));
}
