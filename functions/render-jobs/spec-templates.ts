import { engineOf } from "../../crds/coupling/defaults.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Engine } from "../../templates/template.ts";
import type { ResourceEntry } from "../rendering/render-resources.ts";

/** A template of a spec: a text, or a tree of texts. */
export interface WrittenTemplate {
  readonly template: Json;
  readonly engine: Engine;
  /** The field of the template, then the path below it. */
  readonly place: string;
}

/** All templates of a plug or socket, in the order of the spec's fields. */
export function* textsIn({ spec }: Plug | Socket): Generator<WrittenTemplate> {
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

function jsonOf(template: { readonly [field: string]: unknown }): Json {
  return copyJson(template) as Json;
}
