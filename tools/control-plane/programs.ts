import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The programs of a control plane: the API server with its store, the controllers, and a client. */
export const programs = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;

export type Program = (typeof programs)[number];

/** The releases that `tools/go.mod` pins, each with its leading v. */
export interface Versions {
  readonly kubernetes: string;
  readonly etcd: string;
}

/** Reads the pinned releases from `go.mod`. */
export function pinnedVersions(): Versions {
  const goMod = readFileSync(join(import.meta.dirname, "../go.mod"), "utf8");
  return { kubernetes: required(goMod, "k8s.io/kubernetes"), etcd: required(goMod, "go.etcd.io/etcd/server/v3") };
}

function required(goMod: string, modulePath: string): string {
  const line = goMod.split("\n").find((candidate) => candidate.trim().startsWith(`${modulePath} v`));
  const version = line?.trim().split(" ")[1];
  if (version === undefined) throw new Error(`tools/go.mod requires no version of ${modulePath}`);
  return version;
}

/** The folder in which these programs are kept between runs, for this operating system and processor. */
export function cacheFolder(environment: NodeJS.ProcessEnv, versions: Versions): string {
  const root = environment["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const release = `${versions.kubernetes}-etcd-${versions.etcd}-${process.platform}-${process.arch}`;
  return join(root, "plugboard", "control-plane", release);
}

/** The programs that do not exist in the folder, or are not executable. */
export function missingPrograms(folder: string): readonly Program[] {
  return programs.filter((program) => !runnable(join(folder, program)));
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Prints a line for the person who waits. */
export type Say = (line: string) => void;

/** One way to get the programs. */
export interface Source {
  readonly name: string;
  /** Puts all programs into the folder, executable. @throws Error with the reason */
  fill(folder: string, say: Say): Promise<void>;
}
