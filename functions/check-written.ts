import { brokenRules } from "../crds/admission-rules.ts";
import { engineOf } from "../crds/defaults.ts";
import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { interfaceBroken, malformedOwner, type Said, specTooLarge } from "../crds/messages.ts";
import { oversizedOwner } from "../crds/oversized-owner.ts";
import { copyJson } from "../kit/exact-json.ts";
import type { Json } from "../kit/kube.ts";
import { checkObject, checkText, TemplateError, type TemplateProblem } from "../templates/template.ts";
import { brokenInterface } from "./interface-validation.ts";
import type { ResourceEntry } from "./render-resources.ts";

/** What is wrong with a plug's or socket's own text, whoever it meets; undefined when nothing is. */
export type WrittenWrong = Said;

/** Checks whatever can be judged as soon as it is written: that templates parse, and that rules and interface make sense. Pure. */
export function checkPlug(plug: Plug): WrittenWrong | undefined {
  return malformedness(plug) ?? oversize(plug) ?? templateTrouble(problemsIn(plug));
}

/** As checkPlug, with the socket's rules and interface. */
export function checkSocket(socket: Socket): WrittenWrong | undefined {
  const unreadable = malformedness(socket) ?? oversize(socket);
  if (unreadable !== undefined) return unreadable;
  const { interface: offered, validation } = socket.spec;
  const broken = [
    ...(validation === undefined ? [] : brokenRules(validation)),
    ...(offered === undefined ? [] : brokenInterface(offered)),
  ];
  return broken.length > 0 ? interfaceBroken(broken) : templateTrouble(problemsIn(socket));
}

function malformedness({ kind, metadata }: Plug | Socket): WrittenWrong | undefined {
  if (metadata.problems === undefined) return undefined;
  return malformedOwner(kind.toLowerCase(), metadata.problems);
}

function oversize(owner: Plug | Socket): WrittenWrong | undefined {
  const problems = oversizedOwner(owner);
  return problems.length === 0 ? undefined : specTooLarge(`the ${owner.kind.toLowerCase()}`, problems);
}

function templateTrouble([first, ...more]: readonly TemplateProblem[]): WrittenWrong | undefined {
  if (first === undefined) return undefined;
  return { reason: "TemplateError", message: new TemplateError([first, ...more]).message };
}

function problemsIn({ spec }: Plug | Socket): readonly TemplateProblem[] {
  const engine = engineOf(spec);
  const maps = { configTemplate: spec.configTemplate, resultTemplate: spec.resultTemplate };
  const lists = { resources: spec.resources, resultResources: spec.resultResources };
  const vars = { vars: spec.vars, resultVars: spec.resultVars };
  return [
    ...Object.entries(maps).flatMap(([field, templates]) =>
      Object.entries(templates ?? {}).flatMap(([key, text]) => checkText(text, engine, `spec.${field}.${key}`)),
    ),
    ...Object.entries(vars).flatMap(([field, list = []]) =>
      list.flatMap(({ objref: { templateName, templateNamespace } }, index) =>
        Object.entries({ templateName, templateNamespace }).flatMap(([name, text]) =>
          text === undefined ? [] : checkText(text, engine, `spec.${field}[${index}].objref.${name}`),
        ),
      ),
    ),
    ...Object.entries(lists).flatMap(([field, entries = []]) =>
      entries.flatMap((entry: ResourceEntry, index) =>
        problemsInEntry(entry, engineOf(spec, entry), `spec.${field}[${index}]`),
      ),
    ),
  ];
}

function problemsInEntry(entry: ResourceEntry, engine: "go" | "handlebars", place: string): readonly TemplateProblem[] {
  const { template, templates = [], stringTemplate, stringTemplates = [] } = entry;
  return [
    ...(template === undefined ? [] : checkObject(jsonOf(template), engine, `${place}.template`)),
    ...templates.flatMap((one, n) => checkObject(jsonOf(one), engine, `${place}.templates[${n}]`)),
    ...(stringTemplate === undefined ? [] : checkText(stringTemplate, engine, `${place}.stringTemplate`)),
    ...stringTemplates.flatMap((text, n) => checkText(text, engine, `${place}.stringTemplates[${n}]`)),
  ];
}

function jsonOf(template: { readonly [field: string]: unknown }): Json {
  return copyJson(template) as Json;
}
