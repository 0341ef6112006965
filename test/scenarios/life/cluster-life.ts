import { expect } from "@jest/globals";
import { type InProcess, type InProcessOptions, startInProcess } from "../../../cli/operate/in-process.ts";
import { apiVersion } from "../../../crds/names.ts";
import { type StageName, stageNames, targetOf } from "../../../crds/stage-names.ts";
import { loadJobs } from "../../../functions/render-jobs/render-jobs.ts";
import { loadCalling } from "../../../functions/resources/own-effects.ts";
import { loadSyncing } from "../../../functions/socket/sync.ts";
import { loadStages } from "../../../functions/stages.ts";
import { type Clock, systemClock } from "../../../kit/clock.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../../kit/live/live-kube.ts";
import { freshOperatorNamespace, type Ground, sharedGround } from "../../api-server/identities.ts";
import { afterEachTest } from "../../worlds/after-each-test.ts";
import { allRights } from "../../worlds/manifests.ts";
import { lookUntil } from "../../worlds/patience.ts";
import { sharedRenderer } from "../../worlds/shared-renderer.ts";
import type { Life } from "./life.ts";
import { asText } from "./memory-life.ts";
import { redeliver } from "./redelivery.ts";

/** A life on a real API server. */
export interface ClusterLife extends Life {
  /** Does something while Plugboard is stopped. */
  away(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

// Between two tests Jest lets nobody load anything, and lives go on then.
await Promise.all([loadStages(), loadJobs(), loadSyncing(), loadCalling()]);

const quietMilliseconds = 300;

/** As whom Plugboard works: one service account for everything, as standalone, or one for each stage and the source, as on Knative. */
export type Accounts = "one for all" | "one for each";

export interface Footing {
  readonly as?: Accounts;
  /** The API server; absent: the shared one. */
  readonly ground?: Ground;
}

/** Begins a life in fresh namespaces of an API server, served by a Plugboard of its own; `watched` may look at what that asks. */
export async function beginOnCluster(
  watched: (kube: Kube) => Kube = (kube) => kube,
  options: Partial<InProcessOptions> = {},
  { as = "one for each", ground = sharedGround() }: Footing = {},
): Promise<ClusterLife> {
  const kube = await connect("person", ground.server.kubeconfigPath);
  const accounts = await connectAccounts(as, ground);
  const [app, db] = await freshNamespaces(kube, 2);
  const operator = await freshOperatorNamespace(kube);
  if (app === undefined || db === undefined) throw new Error("no namespaces");
  const namespaces = [app, db];
  const activity = { last: Date.now(), running: 0 };
  // Time passes as it does, and in leaps where a life would wait for a resync: timers know nothing of those.
  const late = { milliseconds: 0 };
  const clock: Clock = { now: () => Date.now() + late.milliseconds, after: systemClock.after };
  const [said, broken]: [unknown[], unknown[]] = [[], []];
  const seenThrough = (of: (stage: StageName) => Kube) => (stage: StageName) => watched(noticing(of(stage), activity));
  const begin = (): Promise<InProcess> =>
    startInProcess({
      kube: watched(noticing(accounts.own, activity)),
      ...(accounts.of === undefined ? {} : { kubeOf: seenThrough(accounts.of) }),
      clock,
      holder: "one",
      operatorNamespace: operator,
      namespaces,
      censusMilliseconds: 150,
      renderer: sharedRenderer,
      tell: (report) => void said.push(report),
      facts: [(event) => void said.push(event)],
      failed: (error) => broken.push(error),
      ...options,
    });
  afterEachTest(() => expect(broken).toEqual([]));
  let plugboard = await begin();
  await plugboard.source.synced;
  const rest = async (): Promise<void> => {
    await pollUntil("Plugboard at rest", async () => {
      await plugboard.source.settled();
      const quiet = activity.running === 0 && Date.now() - activity.last >= quietMilliseconds;
      return quiet && (await hasSeenAll(plugboard, kube, namespaces)) && plugboard.source.idle();
    });
  };
  return {
    app,
    db,
    operator,
    kube,
    broken,
    async apply(...objects) {
      for (const object of objects) await kube.apply(object, { fieldManager: "user", force: true });
    },
    async namespace(labels = {}) {
      const [name] = await freshNamespaces(kube, 1, labels);
      if (name === undefined) throw new Error("no namespace");
      await rest();
      await plugboard.stop();
      namespaces.push(name);
      plugboard = await begin();
      await plugboard.source.synced;
      return name;
    },
    async away(work) {
      await rest();
      await plugboard.stop();
      await work();
      plugboard = await begin();
      await plugboard.source.synced;
    },
    async rest() {
      activity.last = Date.now();
      await rest();
    },
    async until(what, holds) {
      await pollUntil(what, holds, async () => versionsOf(await everything(kube, [...namespaces, operator])));
    },
    async again() {
      await redeliver({ kube, clock, operatorNamespace: operator, namespaces });
      plugboard.source.resync();
      activity.last = Date.now();
      await rest();
    },
    async resync() {
      await rest();
      late.milliseconds += 600_000;
      plugboard.source.resync();
      activity.last = Date.now();
      await rest();
    },
    objects: () => everything(kube, [...namespaces, operator]),
    heard: () => JSON.stringify([said, broken], asText),
    requestsDuring: async () => undefined,
    async stop() {
      await plugboard.stop();
      await accounts.close();
      for (const name of [...namespaces, operator]) await kube.delete({ apiVersion: "v1", kind: "Namespace", name });
      await kube.close();
    },
  };
}

interface ConnectedAccounts {
  /** The source's, or everybody's. */
  readonly own: Kube;
  readonly of: ((stage: StageName) => Kube) | undefined;
  close(): Promise<void>;
}

async function connectAccounts(as: Accounts, { kubeconfigOf }: Ground): Promise<ConnectedAccounts> {
  if (as === "one for all") {
    const own = await connect("plugboard", kubeconfigOf("plugboard"));
    return { own, of: undefined, close: () => own.close() };
  }
  const own = await connect("plugboard", kubeconfigOf("plugboard-source"));
  const connecting = stageNames.map(
    async (stage) => [stage, await connect("plugboard", kubeconfigOf(targetOf(stage)))] as const,
  );
  const each = new Map(await Promise.all(connecting));
  return {
    own,
    of: (stage) => each.get(stage) ?? own,
    close: async () => void (await Promise.all([own, ...each.values()].map((kube) => kube.close()))),
  };
}

async function connect(userAgent: string, path: string): Promise<LiveKube> {
  return createLiveKube({ kubeConfig: await loadKubeConfig({ path }), userAgent });
}

/** The one place that waits for a real cluster: looks again every moment until it holds, or nothing moves any more. */
async function pollUntil(what: string, holds: () => Promise<boolean>, moves?: () => Promise<unknown>): Promise<void> {
  const seen = await lookUntil(holds, (held) => held, { everyMilliseconds: 50, stillMilliseconds: 30_000, moves });
  if (!seen) throw new Error(`nothing moves any more without: ${what}`);
}

const serviceAccount = { apiVersion: "v1", kind: "ServiceAccount" } as const;

async function freshNamespaces(
  kube: Kube,
  count: number,
  labels: { readonly [key: string]: string } = {},
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, () => `life-${crypto.randomUUID().slice(0, 8)}`);
  await Promise.all(
    names.map(async (name) => {
      await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
      for (const right of allRights(name)) await kube.create(right);
    }),
  );
  await pollUntil("default service accounts", async () => {
    const accounts = names.map((namespace) => kube.get({ ...serviceAccount, namespace, name: "default" }));
    return (await Promise.all(accounts)).every((one) => one !== undefined);
  });
  return names;
}

/** Whether every plug and socket has been seen as it is now. */
async function hasSeenAll({ source }: InProcess, kube: Kube, namespaces: readonly string[]): Promise<boolean> {
  const lists = namespaces.flatMap((namespace) =>
    ["Plug", "Socket"].map((kind) => kube.list({ apiVersion, kind, namespace })),
  );
  const objects = (await Promise.all(lists)).flatMap(({ items }) => items);
  return objects.every(
    (object) => source.read(keyOf(object))?.metadata.resourceVersion === object.metadata.resourceVersion,
  );
}

const looked = [
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["batch/v1", "Job"],
  ["apps/v1", "Deployment"],
  ["events.k8s.io/v1", "Event"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["integration.rock8s.com/v1beta1", "Plug"],
  ["integration.rock8s.com/v1beta1", "Socket"],
] as const;

async function everything(kube: Kube, namespaces: readonly string[]): Promise<readonly KubeObject[]> {
  const lists = namespaces.flatMap((namespace) =>
    looked.map(([apiVersion, kind]) => kube.list({ apiVersion, kind, namespace })),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}

/** What moves wherever anything is written. */
function versionsOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => `${metadata.uid} at ${metadata.resourceVersion}`);
}

/** Notes when Plugboard last asked the API for something, watches apart. */
function noticing(kube: Kube, activity: { last: number; running: number }): Kube {
  return interceptedKube(kube, async (request, perform) => {
    if (request.verb === "watch" || request.verb === "served") return perform();
    activity.running += 1;
    try {
      return await perform();
    } finally {
      activity.running -= 1;
      activity.last = Date.now();
    }
  });
}
