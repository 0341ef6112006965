import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestOptions } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { serviceAccountConfig } from "../../../kit/live/config/service-account.ts";
import { createLiveKube, type LiveKube } from "../../../kit/live/live-kube.ts";
import { sharedGround } from "../../api-server/identities.ts";
import { connectTo, eventually, openNamespace } from "../../api-server/live-ground.ts";
import { startPlugboardRun } from "../../api-server/plugboard-run.ts";
import { plugKey } from "../../worlds/manifests.ts";
import { type Built, build, root, type Start, start, structured } from "./built.ts";

const { server, kubeconfigOf } = sharedGround();
const kubeconfigPath = kubeconfigOf("plug-create");

let built: Built;
let kube: LiveKube;
let namespace: string;
beforeAll(async () => {
  built = await build();
  kube = await connectTo(server, "clouds-test");
  namespace = await openNamespace(kube, `clouds-${process.pid}`);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await kube.close();
});

const runtimes: readonly (readonly [name: string, startOf: () => Start])[] = [
  [
    "Google Cloud",
    () => ({
      commandLine: [
        join(root, "node_modules/@google-cloud/functions-framework/build/src/main.js"),
        "--target=plug-create",
        `--source=${built.folder}`,
      ],
      environment: { KUBECONFIG: kubeconfigPath },
      folder: built.folder,
    }),
  ],
  [
    "Knative func",
    () => ({
      commandLine: [join(root, "node_modules/faas-js-runtime/bin/cli.js"), "./index.mjs"],
      environment: { KUBECONFIG: kubeconfigPath, FUNCTION_TARGET: "plug-create" },
      folder: join(built.folder, "func/plug-create"),
      portVariable: "FUNC_PORT",
    }),
  ],
  [
    "the image",
    () => ({
      commandLine: [built.plugboard, "serve"],
      environment: { KUBECONFIG: kubeconfigPath, FUNCTION_TARGET: "plug-create" },
      folder: built.folder,
    }),
  ],
];

describe("a function, with no more rights than it is deployed with,", () => {
  test.each(runtimes)("moves a plug on and replies with the fact, through %s", async (runtime, startOf) => {
    const name = runtime.toLowerCase().replaceAll(" ", "-");
    await kube.create({ apiVersion, kind: "Plug", metadata: { namespace, name }, spec: plugSpec });
    await using running = await start(startOf());
    const answer = await running.ask(structured, createEvent(name));
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        "ce-type": "com.rock8s.integration.plug.created",
        "ce-subject": `/apis/${apiVersion}/namespaces/${namespace}/plugs/${name}`,
        "content-type": expect.stringMatching(/^application\/json/),
      },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ kind: "Plug", namespace, name });
    const plug = await kube.get(plugKey(name, namespace));
    expect(plug?.metadata.finalizers).toEqual([finalizer]);
    // The same event hears the same fact; asked anew it has nothing to do.
    expect(await running.ask(structured, createEvent(name))).toMatchObject({ status: 200, body: answer.body });
    expect(await running.ask(structured, createEvent(name, "again"))).toMatchObject({ status: 204, body: "" });
  });
});

describe("the bundle", () => {
  test("is the operator, too: it watches, and couples", async () => {
    const operatorNamespace = `${namespace}-operator`;
    const operator = await startPlugboardRun({
      ...{ kubeconfigPath: server.kubeconfigPath, operatorNamespace, namespaces: [namespace] },
      program: [process.execPath, built.plugboard],
    });
    const name = "watched";
    const template = {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "told" } },
      data: { text: "{% .socketConfig.greeting %}" },
    };
    const spec = { config: { greeting: "good morning" } };
    await kube.create({ apiVersion, kind: "Socket", metadata: { namespace, name }, spec });
    const coupling = { socket: { name }, resources: [{ template }] };
    await kube.create({ apiVersion, kind: "Plug", metadata: { namespace, name }, spec: coupling });
    const told = async (): Promise<unknown> => {
      const made = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "told" });
      return made?.["data"] ?? "not there yet";
    };
    expect(await eventually(told, { text: "good morning" })).toEqual({ text: "good morning" });
    expect(await operator.stop()).toBe(0);
  });

  test("reaches a cluster through the proxy that its kubeconfig names", async () => {
    await using proxy = await startProxy();
    const folder = await mkdtemp(join(tmpdir(), "proxied-"));
    const config = load(await readFile(kubeconfigPath, "utf8")) as ProxiedConfig;
    for (const { cluster } of config.clusters) cluster["proxy-url"] = proxy.url;
    await writeFile(join(folder, "kubeconfig"), JSON.stringify(config));
    await using running = await start({
      commandLine: [built.plugboard, "serve"],
      environment: { KUBECONFIG: join(folder, "kubeconfig"), FUNCTION_TARGET: "plug-create" },
      folder: built.folder,
    });
    expect(await running.ask(structured, createEvent("nobody"))).toMatchObject({ status: 204 });
    expect(proxy.tunnels()).toBeGreaterThan(0);
    await rm(folder, { recursive: true });
  });
});

interface ProxiedConfig {
  readonly clusters: readonly { readonly cluster: { [field: string]: unknown } }[];
}

interface Proxy extends AsyncDisposable {
  readonly url: string;
  tunnels(): number;
}

/** Makes tunnels for whoever asks by CONNECT. */
async function startProxy(): Promise<Proxy> {
  let tunnels = 0;
  const sockets = new Set<Duplex>();
  const proxy = createServer().on("connect", (request, socket) => {
    tunnels += 1;
    const { hostname, port: wanted } = new URL(`tcp://${request.url}`);
    const far = connect(Number(wanted), hostname, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const one of [socket, far]) sockets.add(one.on("error", () => one.destroy()));
    socket.pipe(far).pipe(socket);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels: () => tunnels,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

const plugSpec = { socket: { name: "elsewhere" }, interface: { name: "any", version: "1.0.0" } };

function createEvent(name: string, id = "by-hand"): string {
  return JSON.stringify({
    specversion: "1.0",
    id: `${id}.${name}`,
    type: "com.rock8s.integration.plug.create",
    source: "/clusters/by-hand",
    subject: `/apis/${apiVersion}/namespaces/${namespace}/plugs/${name}`,
    kind: "Plug",
    apiversion: apiVersion,
    namespace,
    name,
  });
}

describe("the service account of a Pod", () => {
  test("is let in with what the kubelet puts into a folder, and trusts no other authority", async () => {
    const config = await loadKubeConfig({ path: kubeconfigPath });
    const folder = await kubeletFolder(config);
    const { hostname, port } = new URL(config.getCurrentCluster()?.server ?? "");
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const kubeConfig = await serviceAccountConfig({ environment, folder });
    if (kubeConfig === undefined) throw new Error("there is a token");
    const inPod = createLiveKube({ kubeConfig, userAgent: "in-pod" });
    expect(await inPod.get({ apiVersion, kind: "Plug", namespace, name: "nobody" })).toBeUndefined();
    await inPod.close();

    await writeFile(join(folder, "ca.crt"), "");
    const strict = createLiveKube({ kubeConfig, userAgent: "in-pod" });
    await expect(strict.get({ apiVersion, kind: "Plug", namespace, name: "nobody" })).rejects.toMatchObject({
      name: "Unavailable",
    });
    await strict.close();
    await rm(folder, { recursive: true });
  });
});

async function kubeletFolder(config: { applyToHTTPSOptions(options: RequestOptions): Promise<void> }): Promise<string> {
  const options: RequestOptions & { headers?: { readonly [name: string]: unknown } } = {};
  await config.applyToHTTPSOptions(options);
  const folder = await mkdtemp(join(tmpdir(), "kubelet-"));
  await writeFile(join(folder, "ca.crt"), String(options.ca));
  await writeFile(join(folder, "token"), String(options.headers?.["Authorization"]).replace("Bearer ", ""));
  return folder;
}
