import { ourSource } from "../../../cli/operate/our-source.ts";
import { readinessOf } from "../../../cli/operate/readiness.ts";
import { subscriptionsOf } from "../../../cli/serve/broker-subscriptions.ts";
import { clusterInMemory } from "../../../cli/serve/served-cluster.ts";
import { servedFunctions } from "../../../cli/serve/served-functions.ts";
import { eventFormat, facts as factNames, stageNames } from "../../../crds/stage-names.ts";
import type { TriggerDelivery } from "../../../eventing/broker/serverless.ts";
import { eventType } from "../../../eventing/cloud-events.ts";
import type { Network } from "../../../eventing/http/broker/hostile-network.ts";
import { HttpBroker } from "../../../eventing/http/broker/http-broker.ts";
import { createEndpoint } from "../../../eventing/http/serving/function-endpoint.ts";
import type { HttpAnswer } from "../../../eventing/http/sink/http-sender.ts";
import { HttpSink } from "../../../eventing/http/sink/http-sink.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import { loadStage } from "../../../functions/stages.ts";
import type { Clock } from "../../../kit/clock.ts";
import { Timeout } from "../../../kit/errors.ts";
import { parseAllowedHosts } from "../../../kit/http/allowed-hosts.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, clusterUidOf, makeWorld, operatorNamespace, type World } from "../../worlds/worlds.ts";
import { type FakeApparatus, fakeApparatus } from "../apparatus/fake-apparatus.ts";
import { type Ends, type Post, type Wires, wiresInMemory } from "./wires.ts";

/** All that lies between a change and its effect, with nothing left out but the network's wires, at a clock that is moved by hand. */
export interface Chain {
  readonly world: World;
  readonly source: ApiSource;
  readonly apparatus: FakeApparatus;
  /** The type of every event that the source had taken, in order. */
  readonly sent: readonly string[];
  readonly facts: Facts;
  /** Lets time pass until a claim holds. @throws Error after two hours */
  until(claim: string, holds: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

/** The facts of a life by their ids: what functions told, and what the broker took, from whomever. */
export interface Facts {
  readonly told: Set<string>;
  readonly taken: Set<string>;
}

export interface ChainOptions {
  readonly network?: Network | undefined;
  /** Whether the broker answers when every subscriber is done, and 500 where one of them failed. */
  readonly synchronous?: boolean | undefined;
  /** What events go over; absent: they stay in memory. */
  readonly wires?: ((ends: Ends) => Promise<Wires>) | undefined;
  /** The stages and facts of which somebody else, `other`, has the events, too. */
  readonly others?: readonly string[] | undefined;
  /** Has every event go to `stale`, too: a subscriber that is left of a Trigger that is gone. */
  readonly stale?: boolean | undefined;
  /** Answers in place of a stage, `other` or `stale`; undefined: it answers itself. */
  readonly answers?: ((subscriber: string, clock: Clock) => Promise<HttpAnswer | undefined>) | undefined;
  /** Whether the broker hangs up on a subscriber that runs, so that its answer reaches nobody. */
  readonly hangsUp?: (() => boolean) | undefined;
  /** The status that the source is answered with, instead of that which the broker came to. */
  readonly says?: ((code: number) => number) | undefined;
}

const factTypes: ReadonlySet<string> = new Set(factNames.map((fact) => eventType(eventFormat, fact)));
const hookMilliseconds = 700;
/** Each time in a row that an event is lost the wait doubles, up to minutes: where two of five are lost, one wait of thousands takes more than ten. */
const patienceMilliseconds = 2 * 3_600_000;
const stepMilliseconds = 250;
/** As somebody's Trigger has it that says nothing of it. */
const staleDelivery: TriggerDelivery = { retry: 10, backoffPolicy: "exponential", backoffMilliseconds: 200 };
/** As long as a source waits for an answer. */
const sinkMilliseconds = 75_000;
const hooksHost = "hooks.example.com";

/** Puts a source, a broker behind a network, and a function for each stage together, each knowing the next by messages alone. */
export async function startChain({
  network,
  synchronous = false,
  wires: wiresTo = wiresInMemory,
  others = [],
  stale = false,
  answers,
  hangsUp = () => false,
  says = (code) => code,
}: ChainOptions = {}): Promise<Chain> {
  // What loads takes time that no clock of a test shows.
  await Promise.all(stageNames.map(loadStage));
  const world = await makeWorld();
  const { cluster, clock, broken } = world;
  const apparatus = fakeApparatus(parseAllowedHosts([hooksHost]));
  apparatus.addresses = () => ["93.184.216.34"];
  // So that what comes twice finds the first at work.
  apparatus.answer = (_, response) => void clock.after(hookMilliseconds, () => response.end("{}"));
  const functions = new Map(stageNames.map((stage) => [stage as string, functionOf(stage, world, apparatus)]));
  const wires = await wiresTo({ functions, answers: async (subscriber) => answers?.(subscriber, clock) });
  const named = (name: string, at = name) => ({ name, to: wires.addressOf(at) });
  const facts: Facts = { told: new Set(), taken: new Set() };
  const broker = new HttpBroker({
    clock,
    network,
    synchronous,
    sender: {
      async post(...sent) {
        const answer = await wires.sender.post(...sent);
        const id = answer.headers["ce-id"];
        if (id !== undefined) facts.told.add(String(id));
        if (hangsUp()) throw new Timeout("the broker hung up");
        return answer;
      },
    },
    tell: (report) => {
      if (report.kind === "taken" && factTypes.has(report.event.type)) facts.taken.add(report.event.id);
    },
    subscriptions: [
      ...subscriptionsOf([...stageNames.map((name) => named(name)), ...others.map((name) => named(name, "other"))]),
      ...(stale ? [{ ...named("stale"), trigger: { filters: [], delivery: staleDelivery } }] : []),
    ],
  });
  const sent: string[] = [];
  const sink = sinkOver(await wires.lead(broker), { clock, sent, says });
  const source = ourSource({
    kube: cluster.kube,
    clock,
    sink: sink.send,
    handsOver: true,
    publish: sink.send,
    clusterUid: clusterUidOf(world),
    operatorNamespace,
    answerMilliseconds: 6_000,
    random: () => 0.5,
  });
  source.start();
  return {
    world,
    source,
    apparatus,
    sent,
    facts,
    async until(claim, holds) {
      const step = async (): Promise<void> => {
        await wires.settled();
        await clock.advance(stepMilliseconds);
      };
      for (const begun = clock.now(); !(await holds()); await step())
        if (clock.now() - begun > patienceMilliseconds)
          throw new Error(`after two hours it does not hold that ${claim}`);
    },
    async stop() {
      let stopped = false;
      const all = source
        .stop()
        .then(() => sink.stop())
        .then(() => broker.drained())
        .then(() => {
          stopped = true;
        });
      for (let seconds = 0; seconds < 600 && !stopped; seconds += 1) {
        await wires.settled();
        await clock.advance(1_000);
      }
      await all;
      await wires.close();
      if (broken.length > 0) throw broken[0];
    },
  };
}

interface Sending {
  readonly clock: Clock;
  readonly sent: string[];
  readonly says: NonNullable<ChainOptions["says"]>;
}

function sinkOver(post: Post, { clock, sent, says }: Sending): HttpSink {
  return new HttpSink({
    post: async (message) => {
      sent.push(message.headers["ce-type"] ?? "");
      const hangUp = new AbortController();
      const cancel = clock.after(sinkMilliseconds, () => hangUp.abort());
      const { code } = await post(message, hangUp.signal)
        .finally(cancel)
        .catch((error: unknown) => {
          throw hangUp.signal.aborted ? new Timeout("the sink said nothing for too long") : error;
        });
      if (hangUp.signal.aborted) throw new Timeout("the sink said nothing for too long");
      return { code: says(code), retryAfterSeconds: undefined };
    },
    clock,
    random: () => 0.5,
  });
}

type Endpoint = ReturnType<typeof createEndpoint>;

function functionOf(
  stage: (typeof stageNames)[number],
  { cluster, clock, broken }: World,
  apparatus: FakeApparatus,
): Endpoint {
  const failed = (error: unknown): void => void broken.push(error);
  const reached = clusterInMemory(cluster.kube);
  const settings = { operatorNamespace, namespaces: undefined, adopts: true };
  return createEndpoint({
    functions: servedFunctions([stage], {
      ...settings,
      cluster: reached,
      clock,
      apparatus,
      failed,
      unexpected: failed,
    }),
    clock,
    tell: ({ status, error }) => {
      if (status === 500 || status === 400) failed(error);
    },
  });
}

export const names: readonly string[] = ["one", "two", "three"];

/** Couples, edits and parts plugs over such a chain, and says how often each hook was told: its key, and the count. */
export async function liveOver(options: ChainOptions = {}): Promise<{
  readonly hooks: ReadonlyMap<string, number>;
  readonly sent: readonly string[];
  readonly facts: Facts;
  /** How long that took, by the chain's clock. */
  readonly seconds: number;
}> {
  const chain = await startChain(options);
  const { clock } = chain.world;
  const begun = clock.now();
  const { kube } = chain.world.cluster;
  await apply(kube, socket);
  await chain.until("the socket is created", async () => isCreated(await kube.get(socketKey("pg"))));
  await apply(kube, ...names.map((name) => plug(name, "first")));
  await chain.until("all are coupled", () => all(async (name) => isReady(await kube.get(plugKey(name)))));
  await chain.until("what is coupled is applied", () => all(async (name) => (await textOf(chain, name)) === "first"));
  for (const name of names) await apply(kube, plug(name, "second"));
  await chain.until("what was edited is applied", () => all(async (name) => (await textOf(chain, name)) === "second"));
  await chain.until("all are up to date", () => all(async (name) => isReady(await kube.get(plugKey(name)))));
  for (const name of names) await kube.delete(plugKey(name));
  await chain.until("all are gone", () => all(async (name) => (await kube.get(plugKey(name))) === undefined));
  await chain.until("what they had applied is gone", () =>
    all(async (name) => (await textOf(chain, name)) === undefined),
  );
  const seconds = (clock.now() - begun) / 1_000;
  await chain.until("no fact waits for the broker", async () => chain.source.figures().facts === 0);
  await chain.stop();
  const hooks = new Map<string, number>();
  for (const { headers } of chain.apparatus.calls) {
    const key = String(headers["idempotency-key"]);
    hooks.set(key, (hooks.get(key) ?? 0) + 1);
  }
  hooks.delete("undefined");
  return { hooks, sent: chain.sent, facts: chain.facts, seconds };
}

const socket: KubeObject = socketWith("pg", { apparatus: { endpoint: `https://${hooksHost}` } });

function plug(name: string, text: string): KubeObject {
  const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text } };
  const spec = { socket: { name: "pg", namespace: "db" }, resources: [{ template }] };
  return plugWith(name, spec);
}

async function all(claim: (name: string) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(names.map(claim))).every(Boolean);
}

async function textOf({ world }: Chain, name: string): Promise<unknown> {
  const found = await world.cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "app", name });
  return (found?.["data"] as { readonly text?: unknown } | undefined)?.text;
}

function isCreated(object: KubeObject | undefined): boolean {
  return (object?.["status"] as { readonly createdAt?: string } | undefined)?.createdAt !== undefined;
}

function isReady(object: KubeObject | undefined): boolean {
  return object !== undefined && readinessOf(object).ready;
}
