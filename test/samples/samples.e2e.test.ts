import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startInProcess } from "../../cli/operate/in-process.ts";
import { systemClock } from "../../kit/clock.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../kit/live/live-kube.ts";
import { sharedApiServer } from "../api-server/api-server.ts";
import { freshOperatorNamespace, sharedGround } from "../api-server/identities.ts";
import { contentsOf, samplePlugKey } from "./living-sample.ts";
import { type SampleName, sampleFolder, sampleManifests, samples } from "./sample-files.ts";

const server = sharedApiServer();
const kube = createLiveKube({
  kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }),
  userAgent: "samples",
});
const plugboard = createLiveKube({
  kubeConfig: await loadKubeConfig({ path: sharedGround().kubeconfigOf("plugboard") }),
  userAgent: "plugboard",
});
const namespaces = samples.flatMap(namespacesOf);
let stop: () => Promise<void>;

beforeAll(async () => {
  const operatorNamespace = await freshOperatorNamespace(kube);
  const options = {
    kube: plugboard,
    clock: systemClock,
    holder: "samples",
    namespaces: [...namespaces, operatorNamespace],
  };
  ({ stop } = await startInProcess({ ...options, operatorNamespace }));
});

afterAll(async () => {
  await stop();
  await plugboard.close();
  await kube.close();
});

describe.each(samples)(
  "on a real API server, applied with kubectl and with no rights but its own, the sample %s",
  (name) => {
    beforeEach(() => server.run(["apply", "-f", sampleFolder(name)]));
    afterEach(() => server.run(["delete", "namespace", ...namespacesOf(name), "--timeout=300s"]));

    test("couples, and lets its plug go", async () => {
      if (name === "postgres") await succeedJob("data", "shop.orders");
      const plug = [
        `plug/${samplePlugKey(sampleManifests(name)).name}`,
        "-n",
        samplePlugKey(sampleManifests(name)).namespace ?? "",
      ];
      await server.run(["wait", "--for=condition=Ready", ...plug, "--timeout=300s"]);
      expect(await outcomeOf(name)).toEqual(outcomes[name]);
      await server.run(["delete", ...plug, "--timeout=300s"]);
      expect(await outcomeOf(name)).toBeUndefined();
    });
  },
);

const outcomes: { readonly [name in SampleName]: unknown } = {
  hello: { text: "good morning, world" },
  postgres: {
    host: "postgres.data.svc",
    port: "5432",
    database: "shop_orders",
    user: "shop_orders",
    password: "change-me-to-rotate",
  },
  "every-field": { own: "plug yes plug-one", other: "socket yes socket-one" },
};

/** What the sample's plug was given, once it is there. */
function outcomeOf(name: SampleName): Promise<unknown> {
  switch (name) {
    case "hello":
      return contentsOf(kube, "ConfigMap", "hello", "heard");
    case "postgres":
      return contentsOf(kube, "Secret", "shop", "orders-database");
    case "every-field":
      return contentsOf(kube, "ConfigMap", "fields-plug", "plug-result-one");
  }
}

/** Does what a kubelet would: nothing runs Pods here. */
async function succeedJob(namespace: string, job: string): Promise<void> {
  const pods = ["pods", "-n", namespace, "-l", `job-name=${job}`];
  await server.run(["wait", "--for=create", `job/${job}`, "-n", namespace, "--timeout=300s"]);
  await server.run(["wait", "--for=create", ...pods, "--timeout=300s"]);
  const pod = await server.run(["get", ...pods, "-o", "name"]);
  const done = JSON.stringify({ status: { phase: "Succeeded" } });
  await server.run(["patch", pod.trim(), "-n", namespace, "--subresource=status", "--type=merge", "-p", done]);
}

function namespacesOf(name: SampleName): readonly string[] {
  return sampleManifests(name)
    .filter(({ kind }) => kind === "Namespace")
    .map(({ metadata }) => metadata.name);
}
