import { SemVer } from "semver";
import { Fault } from "../problems.ts";
import { Version } from "../values/version.ts";
import { reads } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { text } from "./param.ts";

/** Semantic versions and the constraints on them. */
export const versions: readonly TemplateFunction[] = [
  define("semver", [text], versioning, (_, value) => new Version(value)),
  define("semverCompare", [text, text], versioning, (_, constraint, value) =>
    satisfies(new Version(value).parsed, constraint),
  ),
];

/** Each part of a constraint becomes a version that is compared. */
function versioning(given: readonly string[]): Cost {
  return { units: 4 + 8 * reads(given).units };
}

/** One comparison of a constraint, such as `>=1.2`. Missing parts, and parts written x, are `undefined`. */
interface Comparison {
  readonly operator: string;
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly patch: number | undefined;
  readonly least: SemVer;
  /** The version is `*`. */
  readonly anything: boolean;
}

/** Whether the version fulfils one of the alternatives of the constraint. @throws Fault for an invalid constraint */
export function satisfies(version: SemVer, constraint: string): boolean {
  const alternatives = constraint.split("||").map(comparisonsOf);
  return alternatives.some((comparisons) => comparisons.every((comparison) => meets(version, comparison)));
}

function comparisonsOf(alternative: string): readonly Comparison[] {
  const words = wordsOf(alternative);
  if (words === undefined) throw improper(alternative);
  const comparisons: Comparison[] = [];
  for (let index = 0; index < words.length; ) {
    const [first = "", second, third = ""] = words.slice(index, index + 3);
    if (second === "-") comparisons.push(read(`>=${first}`, alternative), read(`<=${third}`, alternative));
    else comparisons.push(read(isOperator(first) ? first + (second ?? "") : first, alternative));
    index += second === "-" ? 3 : isOperator(first) ? 2 : 1;
  }
  if (comparisons.length === 0) throw improper(alternative);
  return comparisons;
}

function improper(alternative: string): Fault {
  return new Fault(`improper constraint: ${alternative}`);
}

/** The words between spaces and commas; undefined if there is no word before a comma. */
function wordsOf(alternative: string): readonly string[] | undefined {
  const pieces = alternative.split(",").map((piece) => piece.split(/\s/).filter((word) => word !== ""));
  return pieces.slice(0, -1).some((piece) => piece.length === 0) ? undefined : pieces.flat();
}

const operators = ["=>", "=<", ">=", "<=", "!=", "~>", "=", ">", "<", "~", "^"];

function isOperator(word: string): boolean {
  return operators.includes(word);
}

const longestVersion = 256;

function read(word: string, alternative: string): Comparison {
  const operator = operators.find((one) => word.startsWith(one)) ?? "";
  const written = word.slice(operator.length);
  const found = written.length > longestVersion ? null : versionPattern.exec(written);
  if (found === null) throw improper(alternative);
  try {
    return comparisonOf(operator, found);
  } catch (cause) {
    throw new Fault(`improper constraint: ${alternative}`, { cause });
  }
}

const versionPattern =
  /^v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function comparisonOf(operator: string, [, major, minor, patch, prerelease]: RegExpExecArray): Comparison {
  const [first, second, third] = [major, minor, patch].map(numberOf);
  if (first === undefined)
    return { operator, major: 0, minor: 0, patch: 0, least: new SemVer("0.0.0"), anything: true };
  const last = second === undefined ? undefined : third;
  const least = new SemVer(`${first}.${second ?? 0}.${last ?? 0}${prerelease === undefined ? "" : `-${prerelease}`}`);
  return { operator, major: first, minor: second, patch: last, least, anything: false };
}

function numberOf(written: string | undefined): number | undefined {
  return written === undefined || /[xX*]/.test(written) ? undefined : Number(written);
}

function meets(version: SemVer, comparison: Comparison): boolean {
  const { operator, least, patch, anything } = comparison;
  const unasked = version.prerelease.length > 0 && least.prerelease.length === 0;
  if (operator === "!=") return differs(version, comparison);
  if (unasked) return false;
  switch (operator) {
    case ">":
      return isAbove(version, comparison);
    case "<":
      return version.compare(least) < 0;
    case ">=":
    case "=>":
      return version.compare(least) >= 0;
    case "<=":
    case "=<":
      if (anything) return version.major === 0 && version.minor === 0;
      return version.compare(least) <= 0 || (patch === undefined && isWithin(version, comparison));
    case "^":
      return isCompatible(version, comparison);
    case "~":
    case "~>":
      return version.compare(least) >= 0 && (anything || isWithin(version, { ...comparison, patch: undefined }));
    default:
      if (anything) return true;
      return patch === undefined
        ? version.compare(least) >= 0 && isWithin(version, comparison)
        : version.compare(least) === 0;
  }
}

/** Whether the version has the numbers of the constraint. */
function isWithin(version: SemVer, { major, minor, patch }: Pick<Comparison, "major" | "minor" | "patch">): boolean {
  if (major === undefined) return true;
  if (version.major !== major) return false;
  if (minor === undefined) return true;
  return version.minor === minor && (patch === undefined || version.patch === patch);
}

function differs(version: SemVer, comparison: Comparison): boolean {
  if (comparison.patch !== undefined && !comparison.anything) return version.compare(comparison.least) !== 0;
  if (version.prerelease.length > 0 && comparison.least.prerelease.length === 0) return false;
  return comparison.anything ? version.compare(comparison.least) !== 0 : !isWithin(version, comparison);
}

function isAbove(version: SemVer, comparison: Comparison): boolean {
  if (comparison.patch !== undefined) return version.compare(comparison.least) > 0;
  return version.compare(comparison.least) > 0 && !isWithin(version, comparison);
}

/** `^`: up to the first number that is not zero may not change. */
function isCompatible(version: SemVer, { major, minor, patch, least }: Comparison): boolean {
  if (version.compare(least) < 0) return false;
  if (major === undefined) return true;
  if (major > 0 || minor === undefined) return version.major === major;
  if (version.major > 0) return false;
  if (minor > 0 || patch === undefined) return version.minor === minor;
  return version.minor === 0 && version.patch === patch;
}
