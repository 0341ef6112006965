import { plainValues, secretsOf, shownValues, sides, type Values } from "../../../functions/rendering/values.ts";
import { hasBytes, textOf } from "../../../kit/encoding/bytes.ts";
import { copyJson } from "../../../kit/encoding/exact-json.ts";
import type { Json, KubeObject } from "../../../kit/kube/port.ts";
import { blank, blankerOf } from "../../../kit/outlet/blanker.ts";
import { printYaml } from "../../print-objects.ts";
import type { Rendered, StagedResource } from "./coupling.ts";

/** The rendered objects as YAML, each with a comment: stage, action, side and service account. */
export function printRendered(title: string, rendered: Rendered, showSensitive: boolean): string {
  const { config, result, resources, unknown, remarks } = rendered;
  const values = sides.flatMap((side) => [
    ...valueLines(`config of the ${side}`, config?.[side], showSensitive),
    ...valueLines(`result of the ${side}`, result?.[side], showSensitive),
  ]);
  const secrets = sides.flatMap((side) => secretsOf(config?.[side], result?.[side]));
  const warnings = new Set(remarks.map(({ reason, message }) => `warning: ${reason}: ${message}`));
  const head = [title, ...values, ...unknown, ...warnings, ...(resources.length === 0 ? ["renders nothing"] : [])];
  const documents = resources.map((one) => printResource(one, showSensitive ? undefined : secrets));
  return [`${head.map(comment).join("")}`, ...documents].join("");
}

function printResource(resource: StagedResource, secrets: readonly string[] | undefined): string {
  const { at, side, do: act, serviceAccount, object, retained } = resource;
  const when = at.map((one) => (one === "result" ? "when the results are known" : `when ${one}`)).join(" and ");
  const kept = retained ? "; stays after decoupling" : "";
  const head = comment(`${when}: ${act}, for the ${side}, as service account ${serviceAccount}${kept}`);
  const readable = textsOfSecret(object);
  const shown = secrets === undefined ? readable : withoutSecrets(readable, [...secrets, ...resource.secrets]);
  return `---\n${head}${printYaml(shown)}`;
}

function valueLines(title: string, values: Values | undefined, showSensitive: boolean): readonly string[] {
  const shown = Object.entries(values === undefined ? {} : showSensitive ? plainValues(values) : shownValues(values));
  return shown.length === 0
    ? []
    : [`${title}: ${shown.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(" ")}`];
}

function comment(text: string): string {
  return text
    .split("\n")
    .map((line) => `# ${line}\n`)
    .join("");
}

/** A Secret's data as text, so that people can read what may be shown. */
function textsOfSecret(object: KubeObject): KubeObject {
  const { data, ...rest } = object;
  if (object.kind !== "Secret" || object.apiVersion !== "v1" || typeof data !== "object" || data === null)
    return object;
  const values = Object.entries(data).map(
    ([key, value]) => [key, textOf(Buffer.from(String(value), "base64"))] as const,
  );
  const texts = values.filter(([, text]) => !hasBytes(text));
  const bytes = Object.entries(data).filter(([key]) => !texts.some(([known]) => known === key));
  return {
    ...rest,
    ...(bytes.length === 0 ? {} : { data: Object.fromEntries(bytes) }),
    stringData: Object.fromEntries(texts),
  };
}

/** The object with secrets replaced everywhere except in its identity. */
function withoutSecrets(object: KubeObject, secrets: readonly string[]): Json {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { name, namespace, ...further } = metadata;
  const blanked = blankerOf(secrets);
  const whole = new Set(secrets);
  const text = (found: string): string => (whole.has(found) && found !== "" ? blank : (blanked(found) ?? blank));
  const walk = (value: Json): Json => {
    if (typeof value === "string") return text(value);
    if (typeof value === "number" || typeof value === "bigint")
      return text(String(value)) === String(value) ? value : blank;
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) return value.map(walk);
    const entries = Object.entries(value).map(([key, inner], index) => [
      whole.has(key) ? `${blank} ${index + 1}` : key,
      walk(inner),
    ]);
    return Object.fromEntries(entries);
  };
  const fields = copyJson({ metadata: further, ...rest }) as Json;
  const shown = walk(fields);
  return { apiVersion, kind, ...Object(shown), metadata: { name, namespace, ...Object(shown).metadata } };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
