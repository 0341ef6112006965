import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import getPort from "get-port";
import { lifecycleSamples, sampleEvents } from "../../samples/sample-files.ts";

export const root: string = join(import.meta.dirname, "../../..");

/** What `npm run build` makes, in a folder of its own. */
export interface Built extends AsyncDisposable {
  readonly folder: string;
  readonly plugboard: string;
  readonly functions: string;
}

/** Builds it as `npm run build` does. */
export async function build(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "built-"));
  await promisify(execFile)(process.execPath, [join(root, "tools/build.ts"), "--out", folder]);
  return {
    folder,
    plugboard: join(folder, "plugboard.mjs"),
    functions: join(folder, "functions.mjs"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

export interface Start {
  readonly commandLine: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  readonly folder: string;
  /** The variable by which it is told its port. Default PORT. */
  readonly portVariable?: string;
  /** Run as this user; only root may ask for it. */
  readonly user?: number | undefined;
}

/** A process that answers HTTP. */
export interface Running extends AsyncDisposable {
  ask(headers: { readonly [name: string]: string }, body: string, path?: string): Promise<Answer>;
  /** Asks it to end; the exit code. */
  stop(): Promise<number | null>;
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: string;
}

/** Starts a process, and answers when it accepts connections. @throws Error with what it printed, when it ends before */
export async function start({
  commandLine,
  environment,
  folder,
  portVariable = "PORT",
  user,
}: Start): Promise<Running> {
  const port = await getPort();
  const child = spawn(process.execPath, [...commandLine], {
    cwd: folder,
    env: { PATH: process.env["PATH"], NODE_ENV: "production", [portVariable]: String(port), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => printed.push(String(text)));
  const ended = once(child, "exit");
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${printed.join("")}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return (await ended)[0];
  };
  return {
    ask: (headers, body, path = "/") => ask({ port, path, headers, body }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  return ask({ port, path: "/favicon.ico", headers: {}, body: "" }).then(
    () => true,
    () => false,
  );
}

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

function ask({ port, path, headers, body }: Asked): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false }, async (response) => {
    const chunks = await response.toArray();
    resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
  });
  asked.once("error", reject).end(body);
  return promise;
}

/** A sample event for a function, in structured mode. */
export function sampleEvent(target: string): string {
  const event =
    target === "lifecycle" ? lifecycleSamples().get("plug.ref.update") : sampleEvents().get(target.replace("-", "."));
  return JSON.stringify(event);
}

export const structured = { "content-type": "application/cloudevents+json" };

/** The same event in binary mode. */
export function binary(event: string): {
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
} {
  const { data, datacontenttype, ...attributes } = JSON.parse(event);
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
  return {
    headers: { "content-type": datacontenttype, ...Object.fromEntries(headers) },
    body: JSON.stringify(data),
  };
}
