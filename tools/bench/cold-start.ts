import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleEvent } from "../../test/tools/bundle/built.ts";
import { startEmptyApiServer } from "../../test/tools/bundle/empty-api-server.ts";
import { bundle } from "../bundle/bundle.ts";

/**
 * From the start of a process to its first 204: stage functions out of the bundle, each of which asks an API server
 * over TLS whether there is anything to do, beside the Functions Framework's hello world as its own command runs it.
 * In turns, medians of ROUNDS (default 9).
 * Ends with 1 where a stage takes more than 2.5 times as long, or holds more than 100 MB when it has answered.
 */
const rounds = Number(process.env["ROUNDS"] ?? 9);
const bounds = { ratio: 2.5, residentMegabytes: 100 };
const targets = ["plug-create", "plug-couple", "plug-repair", "plug-resolve-config", "socket-sync", "lifecycle"];

const root = join(import.meta.dirname, "../..");
const folder = await mkdtemp(join(tmpdir(), "cold-start-"));
await using api = await startEmptyApiServer();
const hello = await helloWorld();
const stages = await bundledStages();
const worst = report(await inTurns([hello, ...stages]));
await rm(folder, { recursive: true });
process.exitCode = worst ? 1 : 0;

interface Contender {
  readonly name: string;
  readonly commandLine: readonly string[];
  readonly environment: { readonly [name: string]: string };
  /** What it is asked; a CloudEvent in structured mode. Absent: a GET. */
  readonly event?: string | undefined;
}

interface Start {
  readonly milliseconds: number;
  readonly residentMegabytes: number;
}

async function helloWorld(): Promise<Contender> {
  await writeFile(join(folder, "index.js"), "exports.hello = (request, response) => response.status(204).end();\n");
  const framework = join(root, "node_modules/@google-cloud/functions-framework/build/src/main.js");
  return {
    name: "hello world of the Functions Framework",
    commandLine: [framework, "--target=hello", `--source=${folder}`],
    environment: {},
  };
}

async function bundledStages(): Promise<readonly Contender[]> {
  const outfile = join(folder, "plugboard.mjs");
  await bundle({ entryPoint: "cli/main.ts", outfile });
  const flags = await nodeFlags();
  return Promise.all(
    targets.map(async (target) => ({
      name: target,
      commandLine: [...flags, outfile, "serve"],
      environment: { FUNCTION_TARGET: target, KUBECONFIG: api.kubeconfigPath, LOG_LEVEL: "warn" },
      event: await sampleEvent(target),
    })),
  );
}

/** As the image starts it. */
async function nodeFlags(): Promise<readonly string[]> {
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  const words: readonly string[] = JSON.parse(entrypoint);
  return words.filter((word) => word.startsWith("--"));
}

async function inTurns(contenders: readonly Contender[]): Promise<ReadonlyMap<Contender, Start>> {
  const starts = new Map<Contender, Start[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const contender of contenders) starts.get(contender)?.push(await start(contender));
  return new Map(
    [...starts].map(([contender, all]) => [
      contender,
      {
        milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
        residentMegabytes: median(all.map(({ residentMegabytes }) => residentMegabytes)),
      },
    ]),
  );
}

async function start({ name, commandLine, environment, event }: Contender): Promise<Start> {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, commandLine, {
    env: { PATH: process.env["PATH"], NODE_ENV: "production", PORT: String(port), ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    const code = await firstAnswer(port, event, ended);
    const milliseconds = performance.now() - begun;
    if (code !== 204) throw new Error(`${name} answered ${code}, not 204`);
    return { milliseconds, residentMegabytes: await residentMegabytesOf(child.pid ?? 0) };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

async function firstAnswer(port: number, event: string | undefined, ended: Promise<void>): Promise<number | undefined> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    const code = await ask(port, event);
    if (code !== undefined) return code;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error("it ended before it answered");
}

/** Undefined while nobody listens. */
function ask(port: number, event: string | undefined): Promise<number | undefined> {
  return new Promise((resolve) => {
    const method = event === undefined ? "GET" : "POST";
    const headers = event === undefined ? {} : { "content-type": "application/cloudevents+json" };
    const asked = request({ host: "127.0.0.1", port, method, headers, agent: false }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    asked.once("error", () => resolve(undefined)).end(event);
  });
}

async function residentMegabytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kibibytes) / 1024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Prints a line for each; whether one is out of bounds. */
function report(medians: ReadonlyMap<Contender, Start>): boolean {
  const base = medians.get(hello)?.milliseconds ?? Number.NaN;
  const lines = [...medians].map(([{ name }, { milliseconds, residentMegabytes }]) => {
    const ratio = milliseconds / base;
    const within = ratio <= bounds.ratio && residentMegabytes <= bounds.residentMegabytes;
    const figures = `${milliseconds.toFixed(0).padStart(5)} ms  ${ratio.toFixed(2)} times  ${residentMegabytes.toFixed(0).padStart(3)} MB`;
    return { text: `${name.padEnd(40)} ${figures}${within ? "" : "  OUT OF BOUNDS"}\n`, within };
  });
  process.stdout.write(
    `First 204 after the start of the process, medians of ${rounds}; bounds ${bounds.ratio} times and ${bounds.residentMegabytes} MB resident\n`,
  );
  for (const { text } of lines) process.stdout.write(text);
  return lines.some(({ within }) => !within);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
