import { createEndpoint } from "../../eventing/http/serving/function-endpoint.ts";
import { createFunctionServer, httpFunction } from "../../eventing/http/serving/function-server.ts";
import { createHttpSender } from "../../eventing/http/sink/http-sender.ts";
import { HttpSink } from "../../eventing/http/sink/http-sink.ts";

import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import type { Clock } from "../../kit/clock.ts";
import { OperatorError } from "../../kit/errors.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import type { InProcess, InProcessOptions } from "../operate/in-process.ts";
import { portOf } from "../operate/listen.ts";
import { ourSource } from "../operate/our-source.ts";
import { type BrokerServer, startBrokerServer } from "../serve/broker-server.ts";
import { parseSubscriber, type Subscriber, subscriptionsOf } from "../serve/broker-subscriptions.ts";
import { clusterInMemory } from "../serve/served-cluster.ts";
import { functionNames, servedFunctions } from "../serve/served-functions.ts";
import type { BrokerFlags } from "./dev-broker.ts";

export interface OverHttpOptions extends InProcessOptions {
  readonly broker: BrokerFlags;
  readonly say: (line: string) => void;
}

/** Time after which a stage is requested again. */
const answerMilliseconds = 3_000;
/** Longer than a stage takes: a synchronous broker answers last, and drops events of closed requests. */
const sinkMilliseconds = 75_000;

/**
 * Like startInProcess, but sends all events over HTTP: from the source to a broker, and to functions.
 * Subscribers may replace functions.
 * @throws UsageError
 */
export async function startOverHttp(options: OverHttpOptions): Promise<InProcess> {
  const { kube, clock, operatorNamespace, broker: flags, say } = options;
  const subscribers = flags.subscribers.map(parseSubscriber);
  const functions = await startFunctions(options);
  const broker = await startBroker(subscribers, functions, options).catch(async (error: unknown) => {
    await functions.stop();
    throw error;
  });
  const { sink, close } = sinkTo(broker, clock, say);
  const source = ourSource({
    ...options,
    sink: sink.send,
    handsOver: true,
    publish: sink.send,
    clusterUid: await readClusterUid(kube),
    operatorNamespace,
    answerMilliseconds,
  });
  source.start();
  return {
    source,
    async stop() {
      await source.stop();
      await sink.stop();
      await broker.stop();
      await functions.stop();
      await close();
    },
  };
}

/** @throws UsageError for an unknown stage or fact, or if the port is not free */
async function startBroker(
  subscribers: readonly Subscriber[],
  functions: Functions,
  { broker, clock, say }: OverHttpOptions,
): Promise<BrokerServer> {
  const subscriptions = subscriptionsOf(subscribers, functions.url);
  say(`functions listen at ${functions.url}`);
  return startBrokerServer({ ...broker, subscriptions, clock, say });
}

function sinkTo(
  { url }: BrokerServer,
  clock: Clock,
  say: OverHttpOptions["say"],
): { readonly sink: HttpSink; readonly close: () => Promise<void> } {
  const sender = createHttpSender({ timeoutMilliseconds: sinkMilliseconds });
  const sink = new HttpSink({
    post: (message) => sender.post(url, message),
    clock,
    random: Math.random,
    tell: (report) => {
      if (report.kind === "subscriber fails") say(`a subscriber of the broker fails: ${report.why}`);
      if (report.kind === "not taken") say(`the broker does not accept events: ${report.why}`);
    },
  });
  return { sink, close: () => sender.close() };
}

interface Functions {
  readonly url: URL;
  stop(): Promise<void>;
}

async function startFunctions(options: OverHttpOptions): Promise<Functions> {
  const {
    kube,
    clock,
    operatorNamespace,
    namespaces,
    serveNamespaces,
    adopts = true,
    missingValues,
    apparatus = networkAccess(),
    failed = () => {},
    unexpected = failed,
  } = options;
  const endpoint = createEndpoint({
    functions: servedFunctions(functionNames, {
      cluster: clusterInMemory(kube),
      clock,
      operatorNamespace,
      namespaces,
      serveNamespaces,
      adopts,
      missingValues,
      apparatus,
      failed,
      unexpected,
    }),
    clock,
    tell: ({ error }) => {
      if (error !== undefined && !(error instanceof OperatorError)) failed(error);
    },
  });
  const served = createFunctionServer({
    function: httpFunction(endpoint),
    clock,
    unready: async () => undefined,
  });
  await new Promise<void>((resolve) => served.server.listen(0, "127.0.0.1", resolve));
  return { url: new URL(`http://127.0.0.1:${portOf(served.server)}/`), stop: () => served.drain() };
}
