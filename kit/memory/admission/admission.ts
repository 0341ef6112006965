import { writeJson } from "../../encoding/exact-json.ts";
import { answered, InvalidInput, TooLarge, untyped } from "../../errors.ts";
import type { KubeObject } from "../../kube/port.ts";
import { duplicatesIn } from "../apply/duplicates.ts";
import { builtInType, type FieldType } from "../apply/field-type.ts";
import { asMap, type JsonMap, mapAt, parseObject, withField } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import { crdResource } from "../kinds/kind-registry.ts";
import { invalid, refusal } from "../messages.ts";
import { builtInFaults, withDefaults } from "./built-in-rules.ts";
import { crdFaults, establishedCrd } from "./crd-rules.ts";
import { metadataFaults } from "./object-meta.ts";

const etcdBytes = 1.5 * 1024 * 1024;

/** How server-side apply merges a kind. */
export function fieldTypeOf(kind: KindDefinition): FieldType {
  return kind.schema?.type ?? builtInType(kind.kind);
}

/**
 * Applies defaults, removes fields that the kind does not know, and checks every rule of the kind.
 * @throws InvalidInput, TooLarge
 */
export function admitted(kind: KindDefinition, given: JsonMap, current: KubeObject | undefined, now: string): JsonMap {
  const object = tidied(shaped(kind, given, now));
  const before = current && asMap(current);
  const faults = [
    ...metadataFaults(kind, parseObject(object), current),
    ...(kind.schema === undefined ? builtInFaults(kind, object, before) : kind.schema.faults(object, before)),
    ...(kind.resource === crdResource ? crdFaults(object) : []),
  ];
  const bytes = writeJson(object).length;
  const name = parseObject(object).metadata.name;
  if (bytes > etcdBytes)
    throw new TooLarge(
      ...refusal(
        500,
        "",
        `${kind.kind} "${name}" has ${bytes} bytes, etcd takes at most ${etcdBytes}: request is too large`,
      ),
    );
  if (faults.length > 0) throw invalid(kind, name, faults);
  return object;
}

/**
 * Refuses objects that server-side apply cannot type: unknown fields, and duplicate items in a merged list.
 * @throws InvalidInput naming the first of them
 */
export function refuseUntyped(kind: KindDefinition, configuration: JsonMap): void {
  const unknown = (kind.schema?.unknownFields(configuration) ?? []).map(
    (path) => `${path}: field not declared in schema`,
  );
  const twice = duplicatesIn(configuration, fieldTypeOf(kind));
  const faults = [
    ...unknown,
    ...twice.map(({ path, keys }) => `.${path}: duplicate entries for key ${writeJson(keys)}`),
  ];
  if (faults[0] === undefined) return;
  const { namespace = "", name } = parseObject(configuration).metadata;
  const subject = `${namespace}/${name}; ${kind.apiVersion}, Kind=${kind.kind}`;
  throw new InvalidInput(answered(500, ""), {
    quote: `failed to create typed patch object (${subject}): ${faults[0]}`,
    verdict: untyped,
  });
}

function shaped(kind: KindDefinition, given: JsonMap, now: string): JsonMap {
  if (kind.schema !== undefined) return kind.schema.shape(given);
  return kind.resource === crdResource ? establishedCrd(given, now) : withDefaults(kind, given);
}

/** Removes empty labels, annotations and similar fields, as the API server does. */
function tidied(object: JsonMap): JsonMap {
  let metadata = mapAt(object, "metadata");
  for (const [name, value] of Object.entries(metadata))
    if (value === null || (typeof value === "object" && Object.keys(value).length === 0))
      metadata = withField(metadata, name, undefined);
  return { ...object, metadata };
}
