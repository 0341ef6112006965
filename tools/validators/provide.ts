import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { whileLocked } from "../control-plane/lock.ts";
import type { Say } from "../control-plane/programs.ts";

const run = promisify(execFile);

/** The programs that validate manifests: the engine of Helm, the validation of Knative. */
export const validators = ["helm", "knative"] as const;
export type Validator = (typeof validators)[number];

/** The CRDs of Knative, from its modules. */
const definitions = {
  "knative.dev/serving": ["config/core/300-resources/service.yaml"],
  "knative.dev/eventing": ["broker", "trigger", "eventtype", "eventpolicy", "sinkbindings", "apiserversource"].map(
    (name) => `config/core/resources/${name}.yaml`,
  ),
};

/**
 * The folder of a validator's program, with the CRDs that it reads.
 * It is built once. This takes about a minute after the control plane was built, because they share most packages.
 * Safe to repeat, and by several processes at once.
 * @throws Error with the reason
 */
export async function provideValidator(validator: Validator, say: Say = sayOnError): Promise<string> {
  const cache = cacheFolder(validator);
  if (existsSync(join(cache, validator))) return cache;
  await mkdir(dirname(cache), { recursive: true });
  return whileLocked(`${cache}.lock`, say, () => fill(validator, cache, say));
}

async function fill(validator: Validator, cache: string, say: Say): Promise<string> {
  if (existsSync(join(cache, validator))) return cache;
  say(`building ${validator} from its Go modules: about a minute the first time`);
  const partial = await mkdtemp(`${cache}.partial-`);
  try {
    await build(validator, partial);
    if (validator === "knative") await copyDefinitions(partial);
    await rename(partial, cache);
    return cache;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${validator} cannot be built (${why}); install Go 1.26 or newer (https://go.dev/dl)`, { cause });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Sets the version of Kubernetes. Without it, Helm takes every cluster for version 1.20. */
const kubernetes = ["Major=1", "Minor=36"].map((part) => `-X helm.sh/helm/v3/pkg/chartutil.k8sVersion${part}`);

const packages: { readonly [validator in Validator]: string } = {
  helm: "helm.sh/helm/v3/cmd/helm",
  knative: "./validators/knative",
};

async function build(validator: Validator, folder: string): Promise<void> {
  const flags = ["-s", "-w", ...(validator === "helm" ? kubernetes : [])].join(" ");
  await go(["build", "-trimpath", "-ldflags", flags, "-o", join(folder, validator), packages[validator]]);
}

async function copyDefinitions(folder: string): Promise<void> {
  await mkdir(join(folder, "crds"));
  for (const [module, paths] of Object.entries(definitions)) {
    const { stdout } = await go(["list", "-m", "-f", "{{.Dir}}", module]);
    for (const path of paths) await copyFile(join(stdout.trim(), path), join(folder, "crds", basename(path)));
  }
}

const module = join(import.meta.dirname, "..");

function go(commandLine: readonly string[]): Promise<{ readonly stdout: string }> {
  return run("go", [...commandLine], { cwd: module, env: { ...process.env, GOWORK: "off" }, maxBuffer: 16_777_216 });
}

/** A digest of the sources, so that other sources get another folder. */
function cacheFolder(validator: Validator): string {
  const hash = createHash("sha256").update(readFileSync(import.meta.filename));
  for (const name of ["go.mod", "go.sum", "validators/knative/main.go"]) hash.update(readFileSync(join(module, name)));
  const root = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(root, "plugboard", "validators", `${validator}-${hash.digest("hex").slice(0, 16)}`);
}

function sayOnError(line: string): void {
  process.stderr.write(`validators: ${line}\n`);
}

if (import.meta.main) for (const validator of validators) console.log(await provideValidator(validator));
