import { serviceAccountOf } from "../../../crds/coupling/defaults.ts";
import type { DeferredResource } from "../../../crds/deferred-resource/deferred-resource.generated.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import type { ResourceEntry } from "../../../functions/rendering/render-resources.ts";
import type { Kind } from "../../../kit/kube/port.ts";

/** Rights that a service account needs on a kind, and why. */
export interface NeededRight extends Kind {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly verbs: readonly string[];
}

export interface NeededRights {
  readonly rights: readonly NeededRight[];
  /** Places of entries whose kind is known only after rendering. */
  readonly unclear: readonly string[];
}

const applies = ["get", "create", "patch"];

/** The rights that the templates and vars of a plug or socket need. Reads kinds from the text and renders nothing. */
export function rightsOf(owner: Plug | Socket): NeededRights {
  const { spec, metadata } = owner;
  const by = { namespace: metadata.namespace, serviceAccount: serviceAccountOf(owner) };
  const entries: readonly (readonly [string, ResourceEntry])[] = [
    ...(spec.resources ?? []).map((entry, index) => [`spec.resources[${index}]`, entry] as const),
    ...(spec.resultResources ?? []).map((entry, index) => [`spec.resultResources[${index}]`, entry] as const),
  ];
  const read = entries.map(([place, entry]) => ({ place, entry, kinds: kindsOf(entry) }));
  const vars = [...(spec.vars ?? []), ...(spec.resultVars ?? [])].map(({ objref }) => ({
    ...by,
    apiVersion: objref.apiVersion ?? [objref.group, objref.version].filter((part) => part).join("/"),
    kind: objref.kind,
    verbs: ["get"],
  }));
  const made = read.flatMap(({ entry, kinds }) =>
    kinds.known.map((kind) => ({ ...by, ...kind, verbs: verbsOf(entry) })),
  );
  return { rights: [...made, ...vars], unclear: read.filter(({ kinds }) => kinds.unclear).map(({ place }) => place) };
}

/** The rights that a DeferredResource needs for the object that it applies. */
export function rightsOfDeferred({ metadata, spec }: DeferredResource): NeededRights {
  const { apiVersion, kind } = kindIn(spec.resource) ?? { apiVersion: "", kind: "" };
  const serviceAccount = spec.serviceAccountName ?? "default";
  if (kind === "") return { rights: [], unclear: ["spec.resource"] };
  const verbs = [...applies, "delete"];
  return { rights: [{ namespace: metadata.namespace, serviceAccount, apiVersion, kind, verbs }], unclear: [] };
}

/** The verbs for an entry. Without `delete` if its objects are preserved: Plugboard never deletes these. */
function verbsOf(entry: ResourceEntry): readonly string[] {
  if (entry.do === "delete") return ["get", "delete"];
  if (entry.do === "recreate") return [...applies, "delete"];
  const stays = entry.preserveWhenDecoupled ?? entry.retainWhenDecoupled ?? false;
  return stays ? applies : [...applies, "delete"];
}

interface Kinds {
  readonly known: readonly Kind[];
  /** Whether the kind of an object is known only after rendering. */
  readonly unclear: boolean;
}

function kindsOf({ template, templates = [], stringTemplate, stringTemplates = [] }: ResourceEntry): Kinds {
  const objects = [...(template === undefined ? [] : [template]), ...templates].map(kindIn);
  const texts = [...(stringTemplate === undefined ? [] : [stringTemplate]), ...stringTemplates].map(kindsInText);
  return {
    known: [...objects.filter((kind) => kind !== undefined), ...texts.flatMap(({ known }) => known)],
    unclear: objects.includes(undefined) || texts.some(({ unclear }) => unclear),
  };
}

function kindIn(template: { readonly [field: string]: unknown } | undefined): Kind | undefined {
  const { apiVersion, kind } = template ?? {};
  return isLiteral(apiVersion) && isLiteral(kind) ? { apiVersion, kind } : undefined;
}

function isLiteral(value: unknown): value is string {
  return typeof value === "string" && !/\{%|\{\{/.test(value);
}

/** Reads the kind and apiVersion of each document. Both are at the start of a line, in any order. */
function kindsInText(text: string): Kinds {
  const valuesOf = (field: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^${field}:[ \\t]*["']?([^"'\\s]+)`, "gm"))].map(([, value = ""]) => value);
  const [versions, kinds] = [valuesOf("apiVersion"), valuesOf("kind")];
  const known = kinds.flatMap((kind, index) => {
    const apiVersion = versions[index];
    return isLiteral(kind) && isLiteral(apiVersion) ? [{ apiVersion, kind }] : [];
  });
  const empty = text.replaceAll(/\{%.*?%\}/gs, "").trim() === "";
  return { known, unclear: !empty && (kinds.length === 0 || known.length < Math.max(kinds.length, versions.length)) };
}
