import { execFile, spawn } from "node:child_process";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { coerce, gte } from "semver";
import { pinnedVersions, type Say, type Source } from "./programs.ts";

const run = promisify(execFile);
const oldestGo = "1.26.0";
const tellEveryMilliseconds = 30_000;
const keptLines = 15;

/** Compiles the programs from their sources, if Go is installed: about nine minutes on two cores the first time. */
export const goBuild: Source = {
  name: "built from their Go modules",
  async fill(folder, say) {
    const go = await installedGo();
    say(`building from Go modules with go ${go}: about 9 minutes on 2 cores the first time, about 1 minute after`);
    await build(folder, say);
    await rename(join(folder, "server"), join(folder, "etcd"));
  },
};

async function installedGo(): Promise<string> {
  const answer = await run("go", ["env", "GOVERSION"]).catch(() => undefined);
  if (answer === undefined) throw new Error(`no \`go\` on the PATH (${oldestGo} or newer builds them)`);
  const version = coerce(answer.stdout)?.version;
  if (version === undefined || !gte(version, oldestGo))
    throw new Error(`\`go\` is ${answer.stdout.trim()}, ${oldestGo} or newer builds them`);
  return version;
}

async function build(folder: string, say: Say): Promise<void> {
  const compiler = spawn("go", buildArguments(folder), {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, GOWORK: "off" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let lines: readonly string[] = [];
  compiler.stderr.setEncoding("utf8").on("data", (text: string) => {
    lines = [...lines, ...text.trim().split("\n")].slice(-keptLines);
  });
  const stopTelling = tellProgress(say);
  const stopForwarding = forwardTermination(() => compiler.kill());
  try {
    const code = await ended(compiler);
    if (code !== 0) throw new Error(`\`go build\` in tools failed (${code}):\n${lines.join("\n")}`);
  } finally {
    stopTelling();
    stopForwarding();
  }
}

function ended(compiler: ReturnType<typeof spawn>): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    compiler.once("error", reject);
    compiler.once("close", (code, signal) => resolve(code ?? signal));
  });
}

function buildArguments(folder: string): readonly string[] {
  const { kubernetes } = pinnedVersions();
  const [major, minor] = kubernetes.slice(1).split(".");
  const version = "k8s.io/component-base/version";
  // Clients refuse an API server that does not tell its release.
  const flags = `-s -w -X ${version}.gitVersion=${kubernetes} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`;
  const packages = ["kube-apiserver", "kube-controller-manager", "kubectl"].map(
    (name) => `k8s.io/kubernetes/cmd/${name}`,
  );
  return ["build", "-trimpath", "-ldflags", flags, "-o", `${folder}/`, "go.etcd.io/etcd/server/v3", ...packages];
}

function tellProgress(say: Say): () => void {
  const started = Date.now();
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    say(`still building, ${Math.floor(seconds / 60)} min ${seconds % 60} s so far`);
  }, tellEveryMilliseconds);
  return () => clearInterval(timer);
}

/** Ends the compiler if the build is cancelled. */
function forwardTermination(kill: () => void): () => void {
  process.once("SIGTERM", kill).once("SIGINT", kill);
  return () => void process.off("SIGTERM", kill).off("SIGINT", kill);
}
