import { InvalidInput } from "../../errors.ts";
import type { KubeObject } from "../../kube/port.ts";
import { fieldAt } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";

/** Whether a query selects an object. */
export type Selector = (object: KubeObject) => boolean;

interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** The selector of a list or watch. @throws InvalidInput if a selector cannot be parsed */
export function selectorOf(kind: KindDefinition, { namespace, labelSelector, fieldSelector }: Selection): Selector {
  const claims: Selector[] = [];
  if (labelSelector) claims.push(parseLabelSelector(labelSelector));
  if (fieldSelector) claims.push(parseFieldSelector(kind, fieldSelector));
  if (namespace !== undefined && kind.namespaced) claims.push((object) => object.metadata.namespace === namespace);
  return allOf(claims);
}

/** Whether all claims hold. A single claim is returned unchanged, because large lists evaluate it often. */
function allOf<Selected>(claims: readonly ((selected: Selected) => boolean)[]): (selected: Selected) => boolean {
  const [first, ...more] = claims;
  if (first === undefined) return () => true;
  return more.length === 0 ? first : (selected) => first(selected) && more.every((claim) => claim(selected));
}

/** Labels that all selected objects have, as `key` or `key=value`. @throws InvalidInput */
export function labelsAskedFor(text: string | undefined): readonly string[] {
  return requirementsOf(text ?? "").flatMap(({ bears }) => bears ?? []);
}

function parseLabelSelector(text: string): Selector {
  const selects = allOf(requirementsOf(text).map(({ holds }) => holds));
  return ({ metadata }) => selects(metadata.labels ?? unlabelled);
}

const unlabelled = {};

type Labels = { readonly [key: string]: string };

interface Requirement {
  readonly holds: (labels: Labels) => boolean;
  /** The label that an object must have, as `key` or `key=value`; undefined if it need not have one. */
  readonly bears: string | undefined;
}

/** Parses a label selector, such as `a=b,c!=d,e,!f,g in (h, i),j notin (k)`. @throws InvalidInput */
function requirementsOf(text: string): readonly Requirement[] {
  return text === "" ? [] : splitOutsideParentheses(text).map((part) => requirement(part.trim(), text));
}

const keyPattern = "[A-Za-z0-9][-A-Za-z0-9_./]*";
const setBased = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s+\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const existence = new RegExp(`^(!?)\\s*(${keyPattern})$`);

function requirement(part: string, whole: string): Requirement {
  const [, setKey = "", operator, list = ""] = setBased.exec(part) ?? [];
  if (operator !== undefined) {
    const values = list.split(",").map((value) => value.trim());
    return operator === "in"
      ? { holds: (labels) => isOneOf(labels, setKey, values), bears: setKey }
      : { holds: (labels) => !isOneOf(labels, setKey, values), bears: undefined };
  }
  const [, key = "", sign, value = ""] = equality.exec(part) ?? [];
  // A property that every JavaScript object inherits is not a string, so it equals no value.
  if (sign === "!=") return { holds: (labels) => labels[key] !== value, bears: undefined };
  if (sign !== undefined) return { holds: (labels) => labels[key] === value, bears: `${key}=${value}` };
  const [, not, present] = existence.exec(part) ?? [];
  if (present === undefined) throw new InvalidInput(`unable to parse the label selector "${whole}" at "${part}"`);
  return not === ""
    ? { holds: (labels) => Object.hasOwn(labels, present), bears: present }
    : { holds: (labels) => !Object.hasOwn(labels, present), bears: undefined };
}

function isOneOf(labels: Labels, key: string, values: readonly string[]): boolean {
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
