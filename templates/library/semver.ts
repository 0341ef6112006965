import { SemVer } from "semver";
import { Fault } from "../problems.ts";
import { Version } from "../values/version.ts";
import { define, type TemplateFunction } from "./function.ts";
import { text } from "./param.ts";

/** Semantic versions and the constraints on them. */
export const versions: readonly TemplateFunction[] = [
  define("semver", [text], (_, value) => new Version(value)),
  define("semverCompare", [text, text], (_, constraint, value) => satisfies(new Version(value).parsed, constraint)),
];

/** One comparison of a constraint, e.g. `>=1.2`: what is left out, or written x, is `undefined`. */
interface Comparison {
  readonly operator: string;
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly patch: number | undefined;
  readonly least: SemVer;
  /** All of it is left out: `*`. */
  readonly anything: boolean;
}

const part = "(?:\\d+|[xX*])";
const versionPattern = `v?(${part})(?:\\.(${part}))?(?:\\.(${part}))?(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?`;
const comparisonPattern = new RegExp(`\\s*(=>|=<|>=|<=|!=|~>|[=><~^]|)\\s*${versionPattern}\\s*(?:,|\\s|$)`, "y");
const hyphenPattern = new RegExp(`\\s*(${versionPattern})\\s+-\\s+(${versionPattern})\\s*`, "g");

/** True where the version meets one of the alternatives of the constraint. @throws Fault on what is no constraint */
export function satisfies(version: SemVer, constraint: string): boolean {
  const alternatives = constraint.split("||").map(comparisonsOf);
  return alternatives.some((comparisons) => comparisons.every((comparison) => meets(version, comparison)));
}

function comparisonsOf(alternative: string): readonly Comparison[] {
  const rewritten = alternative.replace(
    hyphenPattern,
    (_, from: string, ...rest: readonly string[]) => ` >=${from} <=${rest[4]} `,
  );
  const comparisons: Comparison[] = [];
  const written = rewritten.trim();
  comparisonPattern.lastIndex = 0;
  do {
    const found = comparisonPattern.exec(written);
    if (found === null) throw new Fault(`improper constraint: ${alternative}`);
    comparisons.push(comparisonOf(found));
  } while (comparisonPattern.lastIndex < written.length);
  return comparisons;
}

function comparisonOf([, operator = "", major, minor, patch, prerelease]: RegExpExecArray): Comparison {
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

/** The numbers that the constraint names are the version's. */
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
