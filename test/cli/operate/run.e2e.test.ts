import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type ApiServer, sharedApiServer } from "../../api-server/api-server.ts";
import { openOperatorNamespace, sharedGround } from "../../api-server/identities.ts";
import { connectTo } from "../../api-server/live-ground.ts";
import { fetchOnce } from "../../worlds/fetch-once.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";

type Line = { readonly msg: string; readonly [fact: string]: unknown };

/** A `plugboard run` as a process of its own. */
interface Instance {
  readonly child: ChildProcess;
  /** The first log line, past or to come, that is about this. */
  logged(message: string, about?: object): Promise<Line>;
  get(path: string): Promise<{ readonly code: number; readonly text: string }>;
  ended(): Promise<number | null>;
}

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function startRun(namespace: string): Instance {
  const flags = ["--kubeconfig", sharedGround().kubeconfigOf("plugboard"), "--listen", "127.0.0.1:0"];
  const served = ["--namespace", namespace, "--operator-namespace", `${namespace}-operator`];
  const command = join(import.meta.dirname, "../../../cli/plugboard");
  const child = spawn(command, ["run", ...flags, ...served], { stdio: ["ignore", "inherit", "pipe"] });
  running.push(child);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stderr }).on("line", (text) => {
    lines.push(JSON.parse(text));
    for (const look of waiting) look();
  });
  const logged = (message: string, about: object = {}): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find(
          (line) => line.msg === message && Object.entries(about).every(([key, value]) => line[key] === value),
        );
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const get = async (path: string) => {
    const { listen } = await logged("started, standing by");
    const answer = await fetchOnce(`http://${listen}${path}`);
    return { code: answer.status, text: await answer.text() };
  };
  const exit = once(child, "exit");
  return { child, logged, get, ended: async () => (await exit)[0] };
}

/** A fresh namespace, and beside it the operator's, where it may work as it is deployed. */
async function servedNamespace(server: ApiServer): Promise<string> {
  const namespace = await server.freshNamespace();
  const kube = await connectTo(server, "person");
  await openOperatorNamespace(kube, `${namespace}-operator`);
  await kube.close();
  return namespace;
}

function pair(namespace: string, name: string): readonly object[] {
  const template = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `told-${name}` },
    data: { text: "{% .socketConfig.greeting %}" },
  };
  return [
    socketWith(name, { config: { greeting: "good morning" } }, namespace),
    plugWith(name, { socket: { name }, resources: [{ template }] }, namespace),
  ];
}

function rights(namespace: string): readonly object[] {
  const group = "rbac.authorization.k8s.io";
  const metadata = { name: "told", namespace };
  const verbs = ["get", "create", "patch", "delete"];
  return [
    {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
      roleRef: { apiGroup: group, kind: "Role", name: "told" },
    },
  ];
}

async function ready(server: ApiServer, namespace: string, name: string): Promise<void> {
  await server.run(["wait", "--for=condition=Ready", `plug/${name}`, "-n", namespace, "--timeout=300s"]);
}

describe("plugboard run", () => {
  test("couples as the namespace's service account, says which right is missing, heals when it is granted, and ends with 0", async () => {
    const server = sharedApiServer();
    const namespace = await servedNamespace(server);
    const instance = startRun(namespace);
    await instance.logged("synced");
    expect(await instance.get("/healthz")).toEqual({ code: 200, text: "ok\n" });
    expect(await instance.get("/readyz")).toEqual({ code: 200, text: "ok\n" });

    await server.apply(pair(namespace, "one"));
    const { why } = await instance.logged("plug not ready", { reason: "Forbidden" });
    expect(why).toContain(`User "system:serviceaccount:${namespace}:default" cannot`);
    expect(why).toContain('resource "configmaps"');
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
    expect(await server.run(["get", "plug/one", "-n", namespace, "-o", path])).toBe(why);

    // The broker has tried once more by then: whoever is quicker would see no failure counted.
    await instance.logged("stage failed; it is retried");
    await server.apply(rights(namespace));
    await ready(server, namespace, "one");
    const told = await server.run(["get", "configmap/told-one", "-n", namespace, "-o", "jsonpath={.data.text}"]);
    expect(told).toBe("good morning");
    const applies = (await server.auditedRequests()).filter(
      ({ resource, namespace: where, verb, code }) =>
        resource === "configmaps" && where === namespace && verb === "patch" && (code ?? 500) < 300,
    );
    expect(new Set(applies.map(({ impersonated }) => impersonated))).toEqual(
      new Set([`system:serviceaccount:${namespace}:default`]),
    );

    const { code, text } = await instance.get("/metrics");
    expect(code).toBe(200);
    for (const sample of [
      'plugboard_plugs{ready="true",reason="Ready"} 1',
      "plugboard_leader 1",
      "plugboard_queue_depth 0",
      'plugboard_stage_failures_total{stage="plug.couple",failure="Forbidden"}',
      'plugboard_api_request_seconds_count{verb="apply",kind="ConfigMap",code="201"} 1',
    ])
      expect(text).toContain(sample);
    expect(text).not.toContain("told-one");
    expect(text).not.toContain(namespace);

    instance.child.kill("SIGTERM");
    expect(await instance.ended()).toBe(0);
    const holder = ["get", "lease/plugboard", "-n", `${namespace}-operator`, "-o", "jsonpath={.spec.holderIdentity}"];
    expect(await server.run(holder)).toBe("");
  });

  test("a second instance stands by, ready, and takes over when the first is killed", async () => {
    const server = sharedApiServer();
    const namespace = await servedNamespace(server);
    await server.apply(rights(namespace));
    const first = startRun(namespace);
    await first.logged("leading");
    const second = startRun(namespace);
    await server.apply(pair(namespace, "one"));
    await ready(server, namespace, "one");
    expect(await second.get("/readyz")).toEqual({ code: 200, text: "ok\n" });
    expect((await second.get("/metrics")).text).toContain("plugboard_leader 0");

    first.child.kill("SIGKILL");
    await server.apply(pair(namespace, "two"));
    const { former } = await second.logged("leading");
    expect(former).toBe((await first.logged("leading"))["holder"]);
    await ready(server, namespace, "two");
    expect((await second.get("/metrics")).text).toContain('plugboard_plugs{ready="true",reason="Ready"} 2');
    second.child.kill("SIGTERM");
    expect(await second.ended()).toBe(0);
  });

  test("who has no rights is told which is missing, and nothing is begun", async () => {
    const server = sharedApiServer();
    const namespace = await server.freshNamespace();
    const { kubeconfigPath } = await server.asUser("nobody");
    const command = join(import.meta.dirname, "../../../cli/plugboard");
    const child = spawn(command, [
      "run",
      "--kubeconfig",
      kubeconfigPath,
      "--operator-namespace",
      namespace,
      "--listen",
      "127.0.0.1:0",
    ]);
    let told = "";
    child.stderr.on("data", (text) => {
      told += text;
    });
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(told).toMatch(/^plugboard: .*namespace .* does not exist, or Plugboard has no rights in it/);
  });
});
