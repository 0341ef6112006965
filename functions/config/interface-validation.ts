import type { SocketInterface, SocketInterfaceProperty } from "../../crds/socket/socket.generated.ts";
import type { Side, Value, Values } from "../rendering/values.ts";
import { brokenKeywords, keywordProblems } from "./property-keywords.ts";
import { allowedAs, readTyped } from "./property-type.ts";

/** One section of an interface. */
export type InterfaceSection = { readonly [property: string]: SocketInterfaceProperty };

/** One of the four sections of an interface. */
export interface SectionName {
  readonly what: "config" | "result";
  readonly side: Side;
}

/** One property that is missing or invalid. */
export interface InterfaceProblem {
  readonly property: string;
  /** The side that must correct it: the side of the value, or the socket if the interface itself is invalid. */
  readonly side: Side;
  /** One or two sentences that name all of that; never a value. */
  readonly message: string;
  /** Whether no value was given, so that it may still come. */
  readonly missing: boolean;
}

export type Validation =
  | { readonly kind: "valid"; readonly values: Values }
  | { readonly kind: "invalid"; readonly problems: readonly [InterfaceProblem, ...InterfaceProblem[]] };

/**
 * Validates the values of one side by a section of the interface.
 * An absent or empty value takes its default; then required values must exist, and each value must match its property.
 * Keys that are not named are dropped.
 * Without a section all values pass.
 * Lists every problem.
 * Values stay strings.
 */
export function validateAgainst(section: InterfaceSection | undefined, values: Values, name: SectionName): Validation {
  if (section === undefined) return { kind: "valid", values };
  const findings = Object.entries(section).map(([property, rules]) =>
    check({ property, rules, name }, ownValue(values, property)),
  );
  const [first, ...more] = findings.flatMap(({ problems }) => problems);
  if (first !== undefined) return { kind: "invalid", problems: [first, ...more] };
  return { kind: "valid", values: Object.fromEntries(findings.flatMap(({ kept }) => kept)) };
}

/**
 * The problems of an interface itself, as sentences for its author: invalid patterns, and defaults that do not match
 * their own rules.
 */
export function brokenInterface({ config, result }: SocketInterface): readonly string[] {
  const sections = { config, result };
  const paths = (["config", "result"] as const).flatMap((what) =>
    (["plug", "socket"] as const).map((side) => ({ what, side })),
  );
  return paths.flatMap(({ what, side }) =>
    Object.entries(sections[what]?.[side] ?? {}).flatMap(([property, rules]) =>
      brokenRules(rules).map((phrase) => `spec.interface.${what}.${side}.${property}: ${phrase}`),
    ),
  );
}

interface Requirement {
  readonly property: string;
  readonly rules: SocketInterfaceProperty;
  readonly name: SectionName;
}

interface Finding {
  readonly problems: readonly InterfaceProblem[];
  readonly kept: readonly (readonly [string, Value])[];
}

function check(requirement: Requirement, given: Value | undefined): Finding {
  const { property, rules } = requirement;
  const broken = brokenRules(rules);
  if (broken.length > 0) return { problems: broken.map((phrase) => interfaceProblem(requirement, phrase)), kept: [] };
  const value = given ?? defaultValue(rules);
  if (value === undefined) return { problems: rules.required === true ? [missingProblem(requirement)] : [], kept: [] };
  const problems = valueProblems(rules, value.value).map((phrase) => wrongProblem(requirement, phrase));
  return { problems, kept: [[property, { ...value, ...originUnder(rules, value) }]] };
}

/** `sensitive` in the interface takes precedence over the origin of the value. */
function originUnder({ sensitive }: SocketInterfaceProperty, value: Value): Pick<Value, "sensitive" | "marked"> {
  const marked = sensitive ?? value.marked;
  return { sensitive: sensitive ?? value.sensitive, ...(marked === true ? { marked } : {}) };
}

function brokenRules(rules: SocketInterfaceProperty): readonly string[] {
  const broken = brokenKeywords(rules);
  const standIn = defaultValue(rules);
  if (broken.length > 0 || standIn === undefined) return broken;
  return valueProblems(rules, standIn.value).map((phrase) => `its default ${phrase}`);
}

function valueProblems(rules: SocketInterfaceProperty, text: string): readonly string[] {
  const { type = "string" } = rules;
  const read = readTyped(type, text);
  if (read.kind === "mistyped") return [read.expected];
  const allowed = rules.enum?.map((one) => allowedAs(type, one));
  return keywordProblems({ ...rules, enum: allowed }, read.value);
}

function defaultValue({ default: standIn }: SocketInterfaceProperty): Value | undefined {
  return standIn === undefined || standIn === "" ? undefined : { value: standIn, sensitive: false };
}

function ownValue(values: Values, property: string): Value | undefined {
  const given = Object.hasOwn(values, property) ? values[property] : undefined;
  return given === undefined || given.value === "" ? undefined : given;
}

function missingProblem({ property, name: { side, what } }: Requirement): InterfaceProblem {
  return {
    property,
    side,
    missing: true,
    message: `The ${side}'s ${what} lacks ${property}, which the interface requires. Give it in the ${side}.`,
  };
}

function wrongProblem({ property, name: { side, what } }: Requirement, phrase: string): InterfaceProblem {
  return {
    property,
    side,
    missing: false,
    message: `The ${side}'s ${what} property ${property} ${phrase}. Correct it in the ${side}.`,
  };
}

function interfaceProblem({ property, name: { side, what } }: Requirement, phrase: string): InterfaceProblem {
  const where = `spec.interface.${what}.${side}.${property}`;
  return {
    property,
    side: "socket",
    missing: false,
    message: `${where} of the socket: ${phrase}. Correct it in the socket.`,
  };
}
