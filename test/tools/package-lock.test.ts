import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: boolean;
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
}

const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
const packages: ReadonlyMap<string, Locked> = new Map(Object.entries(JSON.parse(text).packages));
const platforms = ["linux x64", "linux arm64", "darwin x64", "darwin arm64"].map((platform) => platform.split(" "));

/** Whether it is installed on that platform. */
function isFor([os = "", cpu = ""]: readonly string[], { os: systems, cpu: processors }: Locked): boolean {
  const covers = (listed: readonly string[] | undefined, one: string): boolean =>
    listed === undefined || listed.includes(one);
  return covers(systems, os) && covers(processors, cpu);
}

/** Where Node would find a dependency: beside the package, or beside one that it is in. */
function found(from: string, name: string): string | undefined {
  const beside = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (packages.has(beside)) return beside;
  if (from === "") return undefined;
  const outer = from.lastIndexOf("/node_modules/");
  return found(outer < 0 ? "" : from.slice(0, outer), name);
}

test("the lock file names, by its SHA-512, every package that Linux and macOS install on x64 and arm64", () => {
  const wanted = [...packages].filter(([, locked]) => platforms.some((platform) => isFor(platform, locked)));
  const open = wanted.filter(([path, { integrity }]) => path !== "" && !integrity?.startsWith("sha512-"));
  expect(open.map(([path]) => path)).toEqual([]);
  expect(wanted.length).toBeGreaterThan(300);
});

test("it has every dependency of every package in it, the optional ones of other platforms, too", () => {
  const missing = [...packages].flatMap(([path, locked]) => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = locked;
    const named = Object.keys({ ...dependencies, ...(path === "" ? devDependencies : {}), ...optionalDependencies });
    return named.filter((name) => found(path, name) === undefined).map((name) => `${path}: ${name}`);
  });
  expect(missing).toEqual([]);
});

test("what has a binary for one of these platforms has one for each", () => {
  const families = [...packages].flatMap(([path, { optionalDependencies = {} }]) => {
    const members = Object.keys(optionalDependencies).map((name) => packages.get(found(path, name) ?? "") ?? {});
    const binaries = members.filter(({ os, cpu }) => os !== undefined && cpu !== undefined);
    return binaries.length > 1 ? [{ path, binaries }] : [];
  });
  const lacking = families.flatMap(({ path, binaries }) =>
    platforms
      .filter((platform) => !binaries.some((binary) => isFor(platform, binary)))
      .map((platform) => `${path}: ${platform.join(" ")}`),
  );
  expect(lacking).toEqual([]);
  expect(families.length).toBeGreaterThan(3);
});

test("nothing else runs a script when it is installed than what is known to", () => {
  const scripted = [...packages].filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(scripted.map((path) => path.replace("node_modules/", ""))).toEqual([
    "@parcel/watcher",
    "@swc/core",
    "esbuild",
    // Fetches the binary of its own version, which no lock file can name.
    "node",
  ]);
});

test("Handlebars is a release without known advisories", () => {
  expect(packages.get("node_modules/handlebars")?.version).toBe("4.7.10");
});
