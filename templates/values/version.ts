import { SemVer } from "semver";
import { Fault } from "../problems.ts";
import { Int, int, Opaque, Sensitive, type Value } from "./value.ts";

const written =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** As the library that compares versions has it. */
const longest = 256;

/** A semantic version, also one written short: `v1.2` is 1.2.0. */
export class Version extends Opaque {
  readonly type = "*semver.Version";
  readonly kind = "ptr";
  readonly original: string;
  readonly parsed: SemVer;
  readonly metadata: string;

  /** @throws Fault for an invalid version */
  constructor(text: string) {
    super();
    if (text.length > longest) throw new Fault("Invalid Semantic Version");
    const [found, major = "0", minor = "0", patch = "0", prerelease, metadata = ""] = written.exec(text) ?? [];
    if (found === undefined) throw new Fault("Invalid Semantic Version");
    this.original = text;
    this.metadata = metadata;
    this.parsed = parse(
      `${[major, minor, patch].map(Number).join(".")}${prerelease === undefined ? "" : `-${prerelease}`}`,
    );
  }

  get size(): number {
    return this.original.length + 16;
  }

  print(): string {
    return this.parsed.version + (this.metadata === "" ? "" : `+${this.metadata}`);
  }

  member(name: string, given: readonly Value[]): Value | undefined {
    const part = this.#part(name);
    if (part !== undefined) return part;
    const other = given[0] instanceof Sensitive ? given[0].value : given[0];
    return other instanceof Version ? this.#compared(name, this.parsed.compare(other.parsed)) : this.#next(name);
  }

  #part(name: string): Value | undefined {
    const { major, minor, patch, prerelease } = this.parsed;
    if (name === "Major") return new Int(BigInt(major), "uint64");
    if (name === "Minor") return new Int(BigInt(minor), "uint64");
    if (name === "Patch") return new Int(BigInt(patch), "uint64");
    if (name === "Prerelease") return prerelease.join(".");
    if (name === "Metadata") return this.metadata;
    if (name === "Original") return this.original;
    return name === "String" ? this.print() : undefined;
  }

  #compared(name: string, order: number): Value | undefined {
    if (name === "Compare") return int(order < 0 ? -1 : order);
    if (name === "LessThan") return order < 0;
    if (name === "GreaterThan") return order > 0;
    return name === "Equal" ? order === 0 : undefined;
  }

  #next(name: string): Value | undefined {
    const { major, minor, patch, prerelease } = this.parsed;
    if (name === "IncMajor") return new Version(`${major + 1}.0.0`);
    if (name === "IncMinor") return new Version(`${major}.${minor + 1}.0`);
    if (name === "IncPatch") return new Version(`${major}.${minor}.${prerelease.length > 0 ? patch : patch + 1}`);
    return undefined;
  }
}

function parse(text: string): SemVer {
  try {
    return new SemVer(text);
  } catch (error) {
    throw new Fault("Invalid Semantic Version", { cause: error });
  }
}
