import { InvalidInput } from "../errors.ts";
import type { KubeObject } from "../kube.ts";
import { fieldAt } from "./json.ts";
import type { KindDefinition } from "./kinds.ts";

/** Whether an object is among those asked for. */
export type Selector = (object: KubeObject) => boolean;

interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What a list or watch asks for, as one claim. @throws InvalidInput where a selector cannot be read */
export function selectorOf(kind: KindDefinition, { namespace, labelSelector, fieldSelector }: Selection): Selector {
  const claims: Selector[] = [];
  if (labelSelector) claims.push(parseLabelSelector(labelSelector));
  if (fieldSelector) claims.push(parseFieldSelector(kind, fieldSelector));
  if (namespace !== undefined && kind.namespaced) claims.push((object) => object.metadata.namespace === namespace);
  return allOf(claims);
}

/** One claim is asked as it is: lists of thousands are asked often. */
function allOf<Asked>(claims: readonly ((asked: Asked) => boolean)[]): (asked: Asked) => boolean {
  const [first, ...more] = claims;
  if (first === undefined) return () => true;
  return more.length === 0 ? first : (asked) => first(asked) && more.every((claim) => claim(asked));
}

/** Reads `a=b,c!=d,e,!f,g in (h, i),j notin (k)`. @throws InvalidInput */
export function parseLabelSelector(text: string): Selector {
  const claims = splitOutsideParentheses(text).map((part) => requirement(part.trim(), text));
  const selects = allOf(claims);
  return ({ metadata }) => selects(metadata.labels ?? unlabelled);
}

const unlabelled = {};

type LabelClaim = (labels: { readonly [key: string]: string }) => boolean;

const keyPattern = "[A-Za-z0-9][-A-Za-z0-9_./]*";
const setBased = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s+\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const existence = new RegExp(`^(!?)\\s*(${keyPattern})$`);

function requirement(part: string, whole: string): LabelClaim {
  const [, setKey = "", operator, list = ""] = setBased.exec(part) ?? [];
  if (operator !== undefined) {
    const values = list.split(",").map((value) => value.trim());
    return operator === "in"
      ? (labels) => isOneOf(labels, setKey, values)
      : (labels) => !isOneOf(labels, setKey, values);
  }
  const [, key = "", sign, value = ""] = equality.exec(part) ?? [];
  // What every object inherits is no text, so it equals no value.
  if (sign !== undefined) return sign === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  const [, not, present] = existence.exec(part) ?? [];
  if (present === undefined) throw new InvalidInput(`unable to parse the label selector "${whole}" at "${part}"`);
  return (labels) => Object.hasOwn(labels, present) === (not === "");
}

function isOneOf(labels: { readonly [key: string]: string }, key: string, values: readonly string[]): boolean {
  const value = labels[key];
  return value !== undefined && values.includes(value);
}

function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseFieldSelector(kind: KindDefinition, text: string): Selector {
  const claims = text.split(",").map((part) => {
    const [, path = "", sign, value = ""] = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(part) ?? [];
    if (sign === undefined) throw new InvalidInput(`invalid field selector "${text}": cannot understand "${part}"`);
    if (path !== "metadata.name" && path !== "metadata.namespace" && !kind.selectableFields.includes(path))
      throw new InvalidInput(`field label not supported: ${path} (of ${kind.kind} ${kind.apiVersion})`);
    const steps = path.split(".");
    return (object: KubeObject): boolean => (textOf(fieldAt(object, ...steps)) === value) === (sign !== "!=");
  });
  return (object) => claims.every((claim) => claim(object));
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
