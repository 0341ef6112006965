import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiVersion, finalizer } from "../../crds/names.ts";
import { loadKubeConfig } from "../../kit/live/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../kit/live/live-kube.ts";
import { serviceAccountConfig } from "../../kit/live/service-account.ts";
import { sharedGround } from "../deploy/identities.ts";
import { connectTo, openNamespace } from "../live-ground.ts";
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
    const plug = await kube.get({ apiVersion, kind: "Plug", namespace, name });
    expect(plug?.metadata.finalizers).toEqual([finalizer]);
    // Asked again it has nothing to do.
    expect(await running.ask(structured, createEvent(name))).toMatchObject({ status: 204, body: "" });
  });
});

const plugSpec = { socket: { name: "elsewhere" }, interface: { name: "any", version: "1.0.0" } };

function createEvent(name: string): string {
  return JSON.stringify({
    specversion: "1.0",
    id: `by-hand.${name}`,
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
