import { randomInt } from "node:crypto";
import { createServer } from "node:http";
import { brokerIngress } from "../../eventing/http/broker/broker-ingress.ts";
import { friendlyNetwork, hostileNetwork, usualHarm } from "../../eventing/http/broker/hostile-network.ts";
import { HttpBroker, type Subscription } from "../../eventing/http/broker/http-broker.ts";
import { boundServer, patience } from "../../eventing/http/serving/intake.ts";
import { createHttpSender } from "../../eventing/http/sink/http-sender.ts";
import type { Clock } from "../../kit/clock.ts";
import { listen, portOf } from "../operate/listen.ts";
import { UsageError } from "../report-failure.ts";
import { wordsOf } from "./broker-words.ts";

export interface BrokerServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** The seed by which events are harmed; true: a new one. Absent: none is. */
  readonly hostile: string | true | undefined;
  /** Whether an answer waits until every subscriber is done. */
  readonly synchronous?: boolean | undefined;
  readonly subscriptions: readonly Subscription[];
  readonly clock: Clock;
  /** Prints a line. */
  readonly say: (line: string) => void;
}

/** A broker that listens. */
export interface BrokerServer {
  /** Where events are posted to. */
  readonly url: URL;
  /** Takes no more events, and delivers what it has, for as long as patience lasts. */
  stop(): Promise<void>;
}

/** Longer than any stage may take. */
const deliveryMilliseconds = 65_000;
const patienceMilliseconds = 10_000;

/** Starts a broker that only this machine can reach. @throws UsageError if the port is not free */
export async function startBrokerServer(options: BrokerServerOptions): Promise<BrokerServer> {
  const { port, hostile, subscriptions, clock, say } = options;
  const sender = createHttpSender({ timeoutMilliseconds: deliveryMilliseconds });
  const seed = hostile === true ? String(randomInt(1_000_000)) : hostile;
  const broker = new HttpBroker({
    subscriptions,
    sender,
    clock,
    synchronous: options.synchronous,
    network: seed === undefined ? friendlyNetwork : hostileNetwork(seed),
    tell: (report) => {
      const words = wordsOf(report);
      if (words !== undefined) say(words);
    },
  });
  const server = createServer(
    patience,
    brokerIngress(broker, {
      clock,
      refused: ({ code, why }) =>
        say(code < 500 ? `refused a request with ${code}: ${why}` : `answered an event with ${code}: ${why}`),
    }),
  );
  boundServer(server);
  await listen(server, { host: "127.0.0.1", port }, (why, cause) => cannotListen(port, why, cause));
  const url = new URL(`http://127.0.0.1:${portOf(server)}/default/default`);
  say(`broker listens at ${url}`);
  if (seed !== undefined) say(harmSentence(seed));
  return {
    url,
    async stop() {
      server.close();
      server.closeIdleConnections();
      const late = new Promise<void>((resolve) => setTimeout(resolve, patienceMilliseconds).unref());
      await Promise.race([broker.drained(), late]);
      server.closeAllConnections();
      await sender.close();
    },
  };
}

function harmSentence(seed: string): string {
  const { dropped, duplicated, delayed } = usualHarm;
  const percent = (share: number): string => `${share * 100} %`;
  return `--hostile ${seed}: the broker loses ${percent(dropped)} of the events, delivers ${percent(duplicated)} twice, and delays ${percent(delayed)}; the same seed harms the same events`;
}

function cannotListen(port: number, why: string, options: ErrorOptions): UsageError {
  return new UsageError(`cannot listen on port ${port} (${why}); choose another port with --broker-port`, options);
}
