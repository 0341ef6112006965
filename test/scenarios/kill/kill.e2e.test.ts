import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { Kind, KubeObject } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import { openOperatorNamespace, sharedGround } from "../../api-server/identities.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";

const server = sharedApiServer();
const kube = createLiveKube({
  kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }),
  userAgent: "kill-test",
});

afterAll(() => kube.close());

/** A `plugboard run` as a process of its own, for one namespace. */
function startRun(namespace: string): ChildProcess {
  const served = ["--namespace", namespace, "--operator-namespace", `${namespace}-operator`];
  const flags = ["--kubeconfig", sharedGround().kubeconfigOf("plugboard"), "--listen", "127.0.0.1:0"];
  const command = join(import.meta.dirname, "../../../cli/plugboard");
  return spawn(command, ["run", ...flags, ...served], { stdio: "ignore" });
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Kills with SIGKILL as soon as an object is seen that fits; looks from now on, and answers when it does. */
async function doom(
  child: ChildProcess,
  { kind, where, fits }: Moment & { readonly where: string },
): Promise<{ readonly death: Promise<void> }> {
  const abort = new AbortController();
  const { resourceVersion } = await kube.list({ ...kind, namespace: where });
  const kill = async () => {
    for await (const event of kube.watch({ ...kind, namespace: where, resourceVersion, signal: abort.signal })) {
      if (event.type === "BOOKMARK" || !fits(event.object)) continue;
      await killed(child);
      abort.abort();
      return;
    }
  };
  return { death: kill() };
}

interface Moment {
  readonly kind: Kind;
  readonly fits: (object: KubeObject) => boolean;
}

const named = (kind: string, name: RegExp): Moment => ({
  kind: { apiVersion: "v1", kind },
  fits: ({ metadata }) => name.test(metadata.name),
});

const claimed = (stage: string): Moment => ({
  kind: { apiVersion, kind: "Plug" },
  fits: ({ status }) => JSON.stringify(status ?? {}).includes(`"name":"${stage}"`),
});

const value = "{% .plugConfig.name %} {% .socketConfig.host %}";

function configMap(name: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } };
}

function manifests(namespace: string): readonly object[] {
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch", "delete"] }];
  const group = "rbac.authorization.k8s.io";
  const metadata = { name: "couple", namespace };
  const subjects = [{ kind: "ServiceAccount", name: "default", namespace }];
  const roleRef = { apiGroup: group, kind: "Role", name: "couple" };
  return [
    { apiVersion: `${group}/v1`, kind: "Role", metadata, rules },
    { apiVersion: `${group}/v1`, kind: "RoleBinding", metadata, subjects, roleRef },
    socketWith(
      "pg",
      { config: { host: "pg" }, resources: [{ template: configMap("{% .plugConfig.name %}-server") }] },
      namespace,
    ),
    plugWith(
      "shop",
      {
        socket: { name: "pg" },
        config: { name: "first" },
        resources: [
          { template: configMap("{% .plugConfig.name %}-client") },
          { when: ["decoupled"], template: configMap("left") },
        ],
        resultResources: [{ template: configMap("{% .plugConfig.name %}-result") }],
      },
      namespace,
    ),
  ];
}

/** What Plugboard made in a namespace: names, and what is in them. */
async function made(namespace: string): Promise<readonly string[]> {
  const labelSelector = "app.kubernetes.io/managed-by=plugboard";
  const { items } = await kube.list({ apiVersion: "v1", kind: "ConfigMap", namespace, labelSelector });
  return items.map(({ metadata, data }) => `${metadata.name}: ${JSON.stringify(data)}`).toSorted();
}

async function ready(namespace: string, name: string): Promise<void> {
  const shows = `jsonpath={.status.conditions[?(@.type=="Ready")].status}/{.status.coupledSocket.name}`;
  await server.run(["wait", `--for=create`, `configmap/${name}-result`, "-n", namespace, "--timeout=300s"]);
  await server.run(["wait", "--for=condition=Ready", "plug/shop", "-n", namespace, "--timeout=300s"]);
  expect(await server.run(["get", "plug/shop", "-n", namespace, "-o", shows])).toBe("True/pg");
}

const coupled = (name: string) =>
  ["client", "result", "server"].map((what) => `${name}-${what}: {"value":"${name} pg"}`);

interface Kill {
  readonly at: string;
  /** What is done for the moment to come. */
  readonly during: "coupling" | "updating" | "deleting";
  readonly moment: Moment;
  readonly in: "namespace" | "operator's namespace";
}

const kills: readonly Kill[] = [
  {
    at: "its snapshot is written",
    during: "coupling",
    moment: named("Secret", /^plugboard-/),
    in: "operator's namespace",
  },
  { at: "coupling is claimed", during: "coupling", moment: claimed("plug.couple"), in: "namespace" },
  {
    at: "its first object is there",
    during: "coupling",
    moment: named("ConfigMap", /^first-client$/),
    in: "namespace",
  },
  {
    at: "an object of its new name is there",
    during: "updating",
    moment: named("ConfigMap", /^second-/),
    in: "namespace",
  },
  { at: "what decoupling leaves is there", during: "deleting", moment: named("ConfigMap", /^left$/), in: "namespace" },
];

const shop = (namespace: string) => ({ apiVersion, kind: "Plug", namespace, name: "shop" });
const rename = (namespace: string, name: string) => kube.patch(shop(namespace), { spec: { config: { name } } });

/** Brings a life to the moment at which the process is to die, and beyond. */
async function live(namespace: string, during: Kill["during"]): Promise<void> {
  await server.apply(manifests(namespace));
  if (during === "coupling") return;
  await ready(namespace, "first");
  if (during === "updating") await rename(namespace, "second");
  else await kube.delete(shop(namespace));
}

/** Ends a life whose objects were renamed while nobody was at work. */
async function liveOn(namespace: string): Promise<void> {
  await ready(namespace, "third");
  expect(await made(namespace)).toEqual(coupled("third"));
  await kube.delete(shop(namespace));
}

/** Five deaths by SIGKILL, each in a namespace and with a Lease of its own; the objects' names change before an heir leads. */
describe("plugboard run, killed with SIGKILL", () => {
  test.concurrent.each(kills)("when $at: the next one brings it to the same end", async (kill) => {
    const { during, moment } = kill;
    const namespace = await server.freshNamespace();
    await openOperatorNamespace(kube, `${namespace}-operator`);
    const first = startRun(namespace);
    const children = [first];
    try {
      const where = kill.in === "namespace" ? namespace : `${namespace}-operator`;
      const { death } = await doom(first, { ...moment, where });
      await Promise.all([death, live(namespace, during)]);
      if (during !== "deleting") await rename(namespace, "third");
      children.push(startRun(namespace));
      if (during !== "deleting") await liveOn(namespace);
      await server.run(["wait", "--for=delete", "plug/shop", "-n", namespace, "--timeout=300s"]);
      expect(await made(namespace)).toEqual([`left: {"value":"${during === "deleting" ? "first" : "third"} pg"}`]);
    } finally {
      await Promise.all(children.map(killed));
    }
  });
});
