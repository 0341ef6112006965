import { spawn } from "node:child_process";
import { join } from "node:path";
import { crdTexts } from "../../crds/documents.ts";
import { apiVersion, fieldManager } from "../../crds/names.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../test/api-server/api-server.ts";

/**
 * Couplings a second on a real kube-apiserver by `plugboard run`: 200 plugs on one socket, and on 40; a single one
 * from create to Coupled=True; and beside them how many couplings' worth of the same requests the API server itself
 * answers in a second.
 */
const plugs = Number(process.env["PLUGS"] ?? 200);
const inFlight = 20;

await using server = await startApiServer({ auditLog: false });
await server.apply(crdTexts().join("\n---\n"));
await server.apply([everythingForServiceAccounts()]);
const kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }), userAgent: "bench" });
const operator = await startOperator(server);

await measure("warm-up, 20 plugs on one socket", "w", 20, 1);
const single = await singles(15);
print(`one coupling, create to Coupled=True: median ${single.toFixed(0)} ms (bound 250)`);
for (const sockets of [1, 40])
  await measure(`${plugs} plugs on ${sockets} socket${sockets > 1 ? "s" : ""}`, `m${sockets}`, plugs, sockets);
print(`memory of plugboard run: ${(await residentMegabytes(operator.pid ?? 0)).toFixed(0)} MB resident`);
operator.kill("SIGTERM");
await new Promise((resolve) => operator.once("exit", resolve));
await serverAlone();
await kube.close();

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measure(title: string, name: string, count: number, sockets: number): Promise<void> {
  await prepare(name, sockets);
  const wanted = new Set(range(count).map((index) => `p${index}`));
  const done = coupled(`${name}-app`, wanted);
  const begun = performance.now();
  await atOnce(count, (index) => kube.create(plug(`p${index}`, name, `s${index % sockets}`)));
  const created = performance.now();
  await done;
  const seconds = (performance.now() - begun) / 1000;
  print(
    `${title}: ${(count / seconds).toFixed(1)} couplings/s (bound 30); created within ${((created - begun) / 1000).toFixed(2)} s, all coupled after ${seconds.toFixed(2)} s`,
  );
}

async function singles(count: number): Promise<number> {
  await prepare("single", 1);
  const times: number[] = [];
  for (const index of range(count)) {
    const done = coupled("single-app", new Set([`p${index}`]));
    const begun = performance.now();
    await kube.create(plug(`p${index}`, "single", "s0"));
    await done;
    times.push(performance.now() - begun);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
}

/** The same requests as one coupling takes, by a client that does nothing else. */
async function serverAlone(): Promise<void> {
  await prepare("raw", 1);
  const begun = performance.now();
  await atOnce(plugs, async (index) => {
    const name = `p${index}`;
    let object = await kube.create(plug(name, "raw", "s0"));
    const key = { ...object, namespace: "raw-app", name };
    object = await kube.patch(key, { metadata: { finalizers: ["example.com/bench"] } });
    await kube.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `snapshot-${index}`, namespace: "plugboard" },
      data: { snapshot: Buffer.alloc(1500, "x").toString("base64") },
    });
    for (const part of ["raw-app", "raw-db"]) {
      const sa = kube.as({ namespace: part, name: "default" });
      await sa.getMetadata({ apiVersion: "v1", kind: "ConfigMap", namespace: part, name });
      await sa.apply(
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: part }, data: { a: "1" } },
        { fieldManager, force: true },
      );
    }
    const sa = kube.as({ namespace: "raw-app", name: "default" });
    await sa.getMetadata({ apiVersion: "v1", kind: "Secret", namespace: "raw-app", name });
    await sa.apply(
      { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "raw-app" }, data: { a: "eA==" } },
      { fieldManager, force: true },
    );
    for (const revision of range(5)) object = await kube.replaceStatus({ ...object, status: { revision } });
    await kube.patch(key, { metadata: { finalizers: [] } });
  });
  const seconds = (performance.now() - begun) / 1000;
  print(
    `the API server's own rate for the same requests, ${inFlight} in flight: ${(plugs / seconds).toFixed(1)} couplings/s`,
  );
}

async function prepare(name: string, sockets: number): Promise<void> {
  for (const namespace of [`${name}-app`, `${name}-db`])
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const index of range(sockets)) await kube.create(socket(`s${index}`, name));
}

function plug(name: string, prefix: string, at: string): KubeObject {
  return {
    apiVersion,
    kind: "Plug",
    metadata: { name, namespace: `${prefix}-app` },
    spec: {
      socket: { name: at, namespace: `${prefix}-db` },
      config: { database: name },
      resources: [
        {
          template: {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name },
            data: { host: "{% .socketConfig.host %}" },
          },
        },
      ],
      resultResources: [
        {
          template: {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name },
            stringData: { url: "{% .socketResult.url %}" },
          },
        },
      ],
    },
  };
}

function socket(name: string, prefix: string): KubeObject {
  return {
    apiVersion,
    kind: "Socket",
    metadata: { name, namespace: `${prefix}-db` },
    spec: {
      interface: { config: { plug: { database: { required: true } } } },
      config: { host: "db.example" },
      resultTemplate: { url: "db://{% .socketConfig.host %}/{% .plugConfig.database %}" },
      resources: [
        {
          template: {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "{% .plug.metadata.name %}" },
            data: { database: "{% .plugConfig.database %}" },
          },
        },
      ],
    },
  };
}

/** Fulfilled once every plug of those names is seen coupled. */
async function coupled(namespace: string, missing: Set<string>): Promise<void> {
  const abort = new AbortController();
  const query = { apiVersion, kind: "Plug", namespace };
  let { resourceVersion } = await kube.list({ ...query, limit: 1 });
  while (missing.size > 0) {
    for await (const event of (kube as Kube).watch({ ...query, resourceVersion, signal: abort.signal })) {
      if (event.type === "BOOKMARK") continue;
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
      if (isCoupled(event.object)) missing.delete(event.object.metadata.name);
      if (missing.size === 0) break;
    }
  }
  abort.abort();
}

function isCoupled({ status }: KubeObject): boolean {
  const conditions: unknown =
    typeof status === "object" && status !== null && "conditions" in status ? status.conditions : undefined;
  return JSON.stringify(conditions ?? []).includes('"reason":"CouplingSucceeded","status":"True","type":"Coupled"');
}

async function atOnce(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  const left = range(count);
  await Promise.all(
    range(inFlight).map(async () => {
      for (let index = left.shift(); index !== undefined; index = left.shift()) await run(index);
    }),
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function startOperator({ kubeconfigPath }: OwnApiServer): Promise<ReturnType<typeof spawn>> {
  const launcher = join(import.meta.dirname, "../../cli/plugboard");
  const child = spawn(launcher, ["run", "--kubeconfig", kubeconfigPath, "--listen", "127.0.0.1:18089"], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error("plugboard run ended before it was ready");
    const ready = await fetch("http://127.0.0.1:18089/readyz").then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("plugboard run was not ready within 20 s");
}

async function residentMegabytes(pid: number): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function everythingForServiceAccounts(): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "bench" },
    subjects: [{ kind: "Group", name: "system:serviceaccounts", apiGroup: "rbac.authorization.k8s.io" }],
    roleRef: { kind: "ClusterRole", name: "cluster-admin", apiGroup: "rbac.authorization.k8s.io" },
  };
}
