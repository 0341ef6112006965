import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { pinnedVersions, type Source } from "./programs.ts";

const run = promisify(execFile);
const answerWithinMilliseconds = 5_000;
const arriveWithinMilliseconds = 600_000;

/** Downloads the official releases from dl.k8s.io and GitHub, and checks each file against its published SHA-256. */
export const officialDownloads: Source = {
  name: "official downloads",
  async fill(folder, say) {
    if (process.platform !== "linux") throw new Error(`there are none of kube-apiserver for ${process.platform}`);
    http.setGlobalProxyFromEnv();
    const versions = pinnedVersions();
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    for (const program of ["kubectl", "kube-apiserver", "kube-controller-manager"]) {
      const address = `https://dl.k8s.io/release/${versions.kubernetes}/bin/linux/${architecture}/${program}`;
      const expected = firstWord((await download(`${address}.sha256`)).toString());
      say(`downloading ${program} ${versions.kubernetes}`);
      await writeFile(join(folder, program), verified(await download(address), expected, address));
      await chmod(join(folder, program), 0o755);
    }
    say(`downloading etcd ${versions.etcd}`);
    await fetchEtcd(folder, versions.etcd, architecture);
  },
};

async function fetchEtcd(folder: string, version: string, architecture: string): Promise<void> {
  const release = `https://github.com/etcd-io/etcd/releases/download/${version}`;
  const name = `etcd-${version}-linux-${architecture}`;
  const sums = (await download(`${release}/SHA256SUMS`)).toString();
  const expected = firstWord(sums.split("\n").find((line) => line.endsWith(`${name}.tar.gz`)) ?? "");
  const archive = join(folder, "etcd.tar.gz");
  await writeFile(archive, verified(await download(`${release}/${name}.tar.gz`), expected, `${name}.tar.gz`));
  await run("tar", ["-xzf", archive, "-C", folder, `${name}/etcd`]);
  await rename(join(folder, name, "etcd"), join(folder, "etcd"));
  await Promise.all([rm(archive), rm(join(folder, name), { recursive: true })]);
}

/** Returns the bytes if they have the expected SHA-256 (hexadecimal). @throws Error otherwise */
export function verified(bytes: Buffer, expected: string, what: string): Buffer {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Error(`${what} has SHA-256 ${actual}, published is ${expected || "none"}`);
  return bytes;
}

async function download(address: string): Promise<Buffer> {
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), answerWithinMilliseconds);
  const signal = AbortSignal.any([impatience.signal, AbortSignal.timeout(arriveWithinMilliseconds)]);
  try {
    const response = await fetch(address, { signal });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    throw new Error(`${address} cannot be had: ${reason(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "AbortError") return `no answer within ${answerWithinMilliseconds / 1000} s`;
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}

function firstWord(text: string): string {
  return text.trim().split(/\s/)[0] ?? "";
}
