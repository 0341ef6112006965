import semver from "semver";
import type { SocketLabelRequirement, SocketNamespaceSelector, SocketValidation } from "../socket/socket.generated.ts";
import { compilePattern, isPattern } from "./patterns.ts";
import { oversizedRules } from "./sizes.ts";

/** Whether a namespace may plug in. `broken` names the invalid rules and the reason. */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "broken"; readonly problems: readonly string[] };

/** A namespace as the rules need it. */
export interface RuledNamespace {
  readonly name: string;
  readonly labels?: { readonly [key: string]: string } | undefined;
}

const admitted: Admission = { kind: "admitted" };

/**
 * Checks a namespace against a socket's rules: blacklist, then whitelist, then selector.
 * Patterns are Go's and are searched for in the name, in linear time.
 * A whitelist entry without a metacharacter is a name.
 * If one rule is invalid, no rule is checked.
 */
export function admits(validation: SocketValidation | undefined, namespace: RuledNamespace): Admission {
  if (validation === undefined) return admitted;
  const problems = problemsOf(validation);
  if (problems.length > 0) return { kind: "broken", problems };
  const why = refusal(validation, namespace);
  return why === undefined ? admitted : { kind: "refused", why };
}

const knownProblems = new WeakMap<SocketValidation, readonly string[]>();

/** The problems of rules. Cached, because rules are checked at every look at each plug. */
function problemsOf(validation: SocketValidation): readonly string[] {
  const problems = knownProblems.get(validation) ?? brokenRules(validation);
  knownProblems.set(validation, problems);
  return problems;
}

/** The problems of a socket's rules, one sentence each. */
export function brokenRules(validation: SocketValidation): readonly string[] {
  const oversized = oversizedRules(validation);
  if (oversized.length > 0) return oversized;
  const lists = {
    namespaceBlacklist: validation.namespaceBlacklist,
    namespaceWhitelist: validation.namespaceWhitelist,
  };
  return [
    ...Object.entries(lists).flatMap(([list, entries = []]) =>
      entries.map((entry, index) => brokenPattern(entry, `spec.validation.${list}[${index}]`)),
    ),
    ...(validation.namespaceSelector?.matchExpressions ?? []).map(brokenRequirement),
  ].filter((problem) => problem !== undefined);
}

function refusal(validation: SocketValidation, { name, labels = {} }: RuledNamespace): string | undefined {
  const { namespaceBlacklist = [], namespaceWhitelist = [], namespaceSelector } = validation;
  const forbidden = namespaceBlacklist.find((entry) => found(entry, name));
  if (forbidden !== undefined) return `namespace ${name} is on the socket's blacklist (${forbidden})`;
  if (namespaceWhitelist.length > 0 && !namespaceWhitelist.some((entry) => listed(entry, name))) {
    return `namespace ${name} is not on the socket's whitelist`;
  }
  const unmet = namespaceSelector === undefined ? undefined : unmetDemand(namespaceSelector, labels);
  return unmet === undefined
    ? undefined
    : `the labels of namespace ${name} do not match the socket's namespaceSelector (${unmet})`;
}

function listed(entry: string, name: string): boolean {
  return isPattern(entry) ? found(entry, name) : entry === name;
}

function found(pattern: string, name: string): boolean {
  const compiled = compilePattern(pattern);
  return compiled.kind === "pattern" && compiled.pattern.test(name);
}

function brokenPattern(pattern: string, path: string): string | undefined {
  const compiled = compilePattern(pattern);
  return compiled.kind === "broken"
    ? `${path}: ${JSON.stringify(pattern)} is not a regular expression: ${compiled.why}`
    : undefined;
}

type Labels = { readonly [key: string]: string };

function unmetDemand(
  { matchLabels = {}, matchExpressions = [] }: SocketNamespaceSelector,
  labels: Labels,
): string | undefined {
  const unlike = Object.entries(matchLabels).find(([key, value]) => labelOf(labels, key) !== value);
  if (unlike !== undefined) return `${unlike[0]}=${unlike[1]}`;
  const unmet = matchExpressions.find((requirement) => !meets(requirement, labelOf(labels, requirement.key)));
  return unmet === undefined
    ? undefined
    : [unmet.key, unmet.operator, unmet.values?.join(",") ?? ""].join(" ").trimEnd();
}

function meets({ operator, values = [] }: SocketLabelRequirement, label: string | undefined): boolean {
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
  }
}

function brokenRequirement({ key, operator, values = [] }: SocketLabelRequirement, index: number): string | undefined {
  const path = `spec.validation.namespaceSelector.matchExpressions[${index}]`;
  const compares = operator === "In" || operator === "NotIn";
  if (compares && values.length === 0) return `${path}: ${key} ${operator} needs at least one value`;
  return !compares && values.length > 0 ? `${path}: ${key} ${operator} takes no values` : undefined;
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

interface Named {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * Why a plug that requires an interface cannot use the socket, in one sentence; undefined if it can.
 * The plug's version is a range in npm's syntax; the socket's is one version (semver.org 2.0).
 */
export function interfaceMismatch(wanted: Named | undefined, offered: Named | undefined): string | undefined {
  if (wanted?.name !== undefined && wanted.name !== offered?.name) {
    return `the plug requires interface ${wanted.name}, the socket offers ${offered?.name ?? "one without a name"}`;
  }
  if (wanted?.version === undefined) return undefined;
  if (semver.validRange(wanted.version) === null)
    return `the plug's spec.interface.version ${JSON.stringify(wanted.version)} is not a version range such as ^1.2`;
  if (offered?.version === undefined)
    return `the plug requires interface version ${wanted.version}, the socket has none`;
  if (semver.satisfies(offered.version, wanted.version)) return undefined;
  return `the plug requires interface version ${wanted.version}, the socket offers ${offered.version}`;
}
