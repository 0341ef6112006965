import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { goBuild } from "./go-build.ts";
import { whileLocked } from "./lock.ts";
import { officialDownloads } from "./official-downloads.ts";
import { cacheFolder, missingPrograms, pinnedVersions, type Say, type Source } from "./programs.ts";

/** The places of the programs, in this order: KUBEBUILDER_ASSETS of `environment`, `cache`, then each source. */
export interface Search {
  readonly environment: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly sources: readonly Source[];
  readonly say: Say;
}

/** No place has the programs. The message says which places were tried, and what to do. */
export class NoControlPlane extends Error {
  override readonly name = "NoControlPlane";
}

/**
 * The folder that holds etcd, kube-apiserver, kube-controller-manager and kubectl.
 * Safe to repeat, and by several processes at once.
 * @throws NoControlPlane
 */
export async function provideControlPlane(search: Search = thisMachine()): Promise<string> {
  const { environment, cache, say } = search;
  const given = environment["KUBEBUILDER_ASSETS"];
  const missing = given ? missingPrograms(given) : [];
  if (given && missing.length === 0) return given;
  if (missingPrograms(cache).length === 0) return cache;
  const passedOver = given
    ? [`KUBEBUILDER_ASSETS: ${given} has no ${missing.join(", ")}`]
    : ["KUBEBUILDER_ASSETS: not set"];
  await mkdir(dirname(cache), { recursive: true });
  return whileLocked(`${cache}.lock`, say, () => fillCache(search, [...passedOver, `cache: nothing in ${cache}`]));
}

async function fillCache({ cache, sources, say }: Search, passedOver: readonly string[]): Promise<string> {
  if (missingPrograms(cache).length === 0) return cache;
  await removeLeftovers(cache);
  const tried = [...passedOver];
  for (const source of sources) {
    const failure = await fillFrom(source, cache, say);
    if (failure === undefined) return cache;
    tried.push(`${source.name}: ${failure}`);
    say(`${source.name}: ${failure}`);
  }
  throw new NoControlPlane(explain(tried));
}

/** Removes folders that a killed process left half filled. Under the lock no other process fills one. */
async function removeLeftovers(cache: string): Promise<void> {
  const leftovers = (await readdir(dirname(cache))).filter((name) => name.startsWith(`${basename(cache)}.partial-`));
  await Promise.all(leftovers.map((name) => rm(join(dirname(cache), name), { recursive: true, force: true })));
}

/** Fills a folder beside the cache, then renames it, so that a killed run never leaves a half-filled cache. */
async function fillFrom(source: Source, cache: string, say: Say): Promise<string | undefined> {
  const partial = await mkdtemp(`${cache}.partial-`);
  try {
    await source.fill(partial, say);
    const missing = missingPrograms(partial);
    if (missing.length > 0) return `brought no ${missing.join(", ")}`;
    await rm(cache, { recursive: true, force: true });
    await rename(partial, cache);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function explain(tried: readonly string[]): string {
  return [
    "The end-to-end tests need etcd, kube-apiserver, kube-controller-manager and kubectl, and none of these had them:",
    ...tried.map((line) => `  - ${line}`),
    "Install Go 1.26 or newer (https://go.dev/dl), allow https://dl.k8s.io and https://github.com, or set KUBEBUILDER_ASSETS to a folder that holds all four.",
    "`npm run test:unit` runs every test that needs none of them.",
  ].join("\n");
}

function thisMachine(): Search {
  return {
    environment: process.env,
    cache: cacheFolder(process.env, pinnedVersions()),
    sources: [officialDownloads, goBuild],
    say: (line) => void process.stderr.write(`control plane: ${line}\n`),
  };
}

if (import.meta.main) {
  try {
    console.log(await provideControlPlane());
  } catch (error) {
    if (!(error instanceof NoControlPlane)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
