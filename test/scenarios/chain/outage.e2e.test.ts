import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import getPort from "get-port";
import { readinessOf } from "../../../cli/operate/readiness.ts";
import { apiVersion } from "../../../crds/names.ts";
import { stageNames } from "../../../crds/stage-names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import { openOperatorNamespace, sharedGround } from "../../api-server/identities.ts";
import { connectTo, eventually, openNamespace } from "../../api-server/live-ground.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { endProcesses, type Process, says, servedPort, startProcess } from "./processes.ts";

const server = sharedApiServer();
const kube = await connectTo(server, "outage-test");

afterAll(async () => {
  await endProcesses();
  await kube.close();
});

const plugs = 40;
const sinkDownMilliseconds = 30_000;

function socket(namespace: string): KubeObject {
  return socketWith("echo", {}, namespace);
}

function plug(namespace: string, name: string, text: string): KubeObject {
  const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `said-${name}` }, data: { text } };
  const spec = { socket: { name: "echo" }, resources: [{ template }] };
  return plugWith(name, spec, namespace);
}

interface Changes {
  /** What every plug that is left is to have said. */
  readonly wanted: ReadonlyMap<string, string>;
  /** Makes so many more, spread over a time. */
  make(count: number, withinMilliseconds: number): Promise<void>;
}

/** Makes changes one after the other: a plug is new, edited, or, every ninth time, taken away for good. */
function changesOf(namespace: string): Changes {
  const wanted = new Map<string, string>();
  const names = Array.from({ length: plugs }, (_, index) => `plug-${index}`);
  let made = 0;
  return {
    wanted,
    async make(count, withinMilliseconds) {
      for (const end = made + count; made < end; made += 1) {
        const index = (made * 7) % plugs;
        const name = names[index] ?? "";
        if (made % 9 === 8 && wanted.delete(`said-${name}`)) {
          await kube.delete(plugKey(name, namespace));
          names[index] = `${name}-anew`;
        } else {
          wanted.set(`said-${name}`, `change ${made}`);
          await kube.apply(plug(namespace, name, `change ${made}`), { fieldManager: "user", force: true });
        }
        await pause(withinMilliseconds / count);
      }
    },
  };
}

/** What plugs have said, and which of them are not as they should be. */
async function said(namespace: string): Promise<{ readonly said: object; readonly unready: readonly string[] }> {
  const labelSelector = "app.kubernetes.io/managed-by=plugboard";
  const [made, theirs] = await Promise.all([
    kube.list({ apiVersion: "v1", kind: "ConfigMap", namespace, labelSelector }),
    kube.list({ apiVersion, kind: "Plug", namespace }),
  ]);
  return {
    said: Object.fromEntries(made.items.map(({ metadata, data }) => [metadata.name, Object(data).text])),
    unready: theirs.items.filter((one) => !readinessOf(one).ready).map(({ metadata }) => metadata.name),
  };
}

test("two hundred changes come through although the source is killed among them and its sink is down for half a minute", async () => {
  const namespace = await openNamespace(kube, `outage-${Date.now()}`);
  const operator = ["--operator-namespace", await openOperatorNamespace(kube, `${namespace}-operator`)];
  const clusterAs = (account: string): readonly string[] => [
    ...["--kubeconfig", sharedGround().kubeconfigOf(account), "--namespace", namespace],
    ...operator,
  ];
  const port = await getPort();
  const functions = await startProcess(
    ["serve", "--all", "--port", "0", "--host", "127.0.0.1", ...clusterAs("plugboard")],
    says("serving"),
  );
  const startBroker = (): Promise<Process> => {
    const stages = stageSubscribers(`http://127.0.0.1:${servedPort(functions)}/`);
    return startProcess(["dev", "--broker-port", String(port), ...stages], (line) => line.includes("broker listens"));
  };
  const startSource = (message: string): Promise<Process> => {
    const sink = ["--sink", `http://127.0.0.1:${port}/${namespace}/default`, "--answer-timeout", "6"];
    return startProcess(
      ["source", ...sink, "--listen", "127.0.0.1:0", ...clusterAs("plugboard-source")],
      says(message),
    );
  };
  const changes = changesOf(namespace);

  let broker = await startBroker();
  let source = await startSource("synced");
  await server.apply([socket(namespace)]);
  await changes.make(50, 5_000);
  await source.kill();
  source = await startSource("started, standing by");
  // It waits for the Lease of the one that was killed: nobody watches meanwhile.
  await changes.make(50, 10_000);
  await changes.make(30, 8_000);
  await broker.kill();
  await changes.make(50, sinkDownMilliseconds);
  broker = await startBroker();
  await changes.make(20, 2_000);

  const expected = { said: Object.fromEntries(changes.wanted), unready: [] };
  expect(await eventually(() => said(namespace), expected)).toEqual(expected);
  expect(source.lines.filter(says("the sink does not accept events"))).toHaveLength(1);
  expect(source.lines.filter(says("the sink accepts events again"))).toHaveLength(1);
  expect(await source.stop()).toBe(0);
});

function stageSubscribers(url: string): readonly string[] {
  return stageNames.flatMap((stage) => ["--subscriber", `${stage}=${url}`]);
}
