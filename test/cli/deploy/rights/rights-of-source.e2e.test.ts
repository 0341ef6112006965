import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stageContext } from "../../../../cli/cluster/stage-context.ts";
import { readDescriptor } from "../../../../cli/deploy/descriptor.ts";
import { apiVersion } from "../../../../crds/names.ts";
import { findDueStage } from "../../../../functions/lifecycle.ts";
import { systemClock } from "../../../../kit/clock.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../../kit/live/live-kube.ts";
import { deployedNamespace, sharedGround } from "../../../api-server/identities.ts";
import { endProcesses, says, startProcess } from "../../../scenarios/chain/processes.ts";
import { beginOnCluster, type ClusterLife } from "../../../scenarios/life/cluster-life.ts";
import { isCoupledPlug, plugIn } from "../../../scenarios/life/looks.ts";
import { plug, socket } from "../../../scenarios/life/manifests.ts";
import { plugKey } from "../../../worlds/manifests.ts";

const container = { name: "c", image: "busybox" };
const pod = { spec: { restartPolicy: "Never", containers: [container] } };
const lasting = {
  selector: { matchLabels: { app: "a" } },
  template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } },
};

/** One object of each kind that the source may watch beyond what is its own, as small as it may be. */
const small: {
  readonly [resource: string]: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly [field: string]: unknown;
  };
} = {
  "jobs.batch": { apiVersion: "batch/v1", kind: "Job", spec: { template: pod } },
  "cronjobs.batch": {
    apiVersion: "batch/v1",
    kind: "CronJob",
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: pod } } },
  },
  "deployments.apps": { apiVersion: "apps/v1", kind: "Deployment", spec: lasting },
  "statefulsets.apps": { apiVersion: "apps/v1", kind: "StatefulSet", spec: { ...lasting, serviceName: "a" } },
  services: { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } },
  serviceaccounts: { apiVersion: "v1", kind: "ServiceAccount" },
  persistentvolumeclaims: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
  "ingresses.networking.k8s.io": {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
  },
  "roles.rbac.authorization.k8s.io": { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", rules: [] },
  "rolebindings.rbac.authorization.k8s.io": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "small" },
    subjects: [],
  },
};

/** Edits that are seen in an object's generation, for the kinds that have one. */
const edits: { readonly [resource: string]: object } = {
  "cronjobs.batch": { suspend: true },
  "deployments.apps": { minReadySeconds: 1 },
  "statefulsets.apps": { minReadySeconds: 1 },
  "ingresses.networking.k8s.io": { ingressClassName: "another" },
};

describe("the source under its own service account", () => {
  let life: ClusterLife;

  beforeAll(async () => {
    life = await beginOnCluster();
  });

  afterAll(async () => {
    await life.stop();
    expect(life.broken).toEqual([]);
  });

  test("sees of every kind that it may watch when somebody edits it and takes our label away, without a resync", async () => {
    const kinds = readDescriptor().source.watchedKinds.filter((name) => name in small);
    const resources = kinds.map((name) => ({ template: { ...small[name], metadata: { name: "small" } } }));
    await life.apply(socket(life), plug(life, { resources }));
    await life.until("coupled", async () => isCoupledPlug(await plugIn(life)));
    await life.rest();
    // A Job is what it was when it began: nothing puts it back.
    const followed = kinds.filter((one) => one !== "jobs.batch");
    const keyOfKind = (name: string): ObjectKey => {
      const { apiVersion: version = "", kind = "" } = small[name] ?? {};
      return { apiVersion: version, kind, namespace: life.app, name: "small" };
    };
    const labels = { "app.kubernetes.io/managed-by": null };
    const edit = (name: string): object => (edits[name] === undefined ? {} : { spec: edits[name] });
    await Promise.all(
      followed.map((name) => life.kube.patch(keyOfKind(name), { metadata: { labels }, ...edit(name) })),
    );
    await life.until("all of them ours again", async () => {
      const found = await Promise.all(followed.map((name) => life.kube.get(keyOfKind(name))));
      return found.every(isOurs);
    });
  });

  test("sees that a Job it waits for is still there, although that lost our label", async () => {
    const job = { apiVersion: "batch/v1", kind: "Job", namespace: life.app, name: "anew" };
    const resource = (word: string) => ({
      do: "recreate",
      when: ["coupled", "updated"],
      template: { ...small["jobs.batch"], metadata: { name: "anew", annotations: { word } } },
    });
    await life.apply(plug(life, { resources: [resource("one")] }, "lingering"));
    await life.until("coupled", async () => isCoupledPlug(await plugIn(life, "lingering")));
    await life.kube.patch(job, { metadata: { finalizers: ["example.com/hold"] } });
    const { uid } = (await life.kube.get(job))?.metadata ?? {};
    await life.apply(plug(life, { resources: [resource("two")] }, "lingering"));
    await life.until("it goes", async () => (await life.kube.get(job))?.metadata.deletionTimestamp !== undefined);
    await life.kube.patch(job, { metadata: { labels: { "app.kubernetes.io/managed-by": null } } });
    await life.rest();
    expect((await life.kube.get(job))?.metadata.uid).toBe(uid);
    await life.kube.patch(job, { metadata: { finalizers: null } });
    await life.until("made anew", async () => {
      await life.resync();
      return ![undefined, uid].includes((await life.kube.get(job))?.metadata.uid);
    });
  });

  test("elects a leader, looks for the operator that was here before, and sends what is due of the whole cluster", async () => {
    const taken: string[] = [];
    const sink = createServer((request, response) => {
      taken.push(String(request.headers["ce-subject"]));
      response.writeHead(202).end();
    }).listen(0, "127.0.0.1");
    const { port } = await new Promise<AddressInfo>((resolve) =>
      sink.once("listening", () => resolve(sink.address() as AddressInfo)),
    );
    const where = ["--kubeconfig", sharedGround().kubeconfigOf("plugboard-source"), "--listen", "127.0.0.1:0"];
    const source = await startProcess(["source", ...where, "--sink", `http://127.0.0.1:${port}`], says("synced"));
    await life.kube.apply(plug(life, {}, "lonely"), { fieldManager: "user", force: true });
    await life.until("sent", async () => taken.some((subject) => subject.endsWith("/plugs/lonely")));
    expect(await source.stop()).toBe(0);
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      namespace: deployedNamespace,
      name: "plugboard",
    };
    expect(await life.kube.get(lease)).toBeDefined();
    await endProcesses();
    sink.close();
    sink.closeAllConnections();
  });

  test("and lifecycle under its own looks at plugs, sockets and deferred resources", async () => {
    const kubeConfig = await loadKubeConfig({ path: sharedGround().kubeconfigOf("lifecycle") });
    const kube = createLiveKube({ kubeConfig, userAgent: "plugboard" });
    const failed = (error: unknown): void => {
      throw error;
    };
    const context = stageContext({
      kube,
      clock: systemClock,
      operatorNamespace: life.operator,
      failed,
      unexpected: failed,
    });
    await life.apply({
      apiVersion,
      kind: "DeferredResource",
      metadata: { namespace: life.app, name: "later" },
      spec: {
        waitFor: [{ apiVersion: "v1", kind: "ConfigMap", name: "never" }],
        resource: { ...small["serviceaccounts"], metadata: { name: "later" } },
      },
    } as KubeObject);
    await life.rest();
    const look = async (kind: "Plug" | "Socket" | "DeferredResource", namespace: string, name: string) =>
      (await findDueStage(context, { kind, namespace, name }))?.object.metadata.name;
    expect(await look("Plug", life.app, plugKey("web", life.app).name)).toBe("web");
    expect(await look("Socket", life.db, "db")).toBe("db");
    expect(await look("DeferredResource", life.app, "later")).toBe("later");
    await kube.close();
  });
});

function isOurs(object: KubeObject | undefined): boolean {
  return object?.metadata.labels?.["app.kubernetes.io/managed-by"] === "plugboard";
}
