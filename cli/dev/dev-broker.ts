import { systemClock } from "../../kit/clock.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { startBrokerServer } from "../serve/broker-server.ts";
import { parseSubscriber, subscriptionsOf } from "../serve/broker-subscriptions.ts";
import { Timeline, timeOfDay } from "./timeline.ts";

/** The options of the broker. */
export interface BrokerFlags {
  readonly port: number;
  /** `NAME=URL`. */
  readonly subscribers: readonly string[];
  readonly hostile: string | true | undefined;
  readonly synchronous: boolean;
}

/**
 * `plugboard dev --broker-port` without files: runs only a broker, until stopped. Returns the exit code.
 * @throws UsageError
 */
export async function devBroker(
  { port, subscribers, hostile, synchronous }: BrokerFlags,
  terminal: Terminal,
): Promise<number> {
  const { stdout, signal, clock = systemClock } = terminal;
  const timeline = new Timeline({ clock, write: (line) => stdout(`${line}\n`), time: timeOfDay });
  const subscriptions = subscriptionsOf(subscribers.map(parseSubscriber));
  const say = (line: string): void => timeline.say(line);
  if (subscriptions.length === 0) say("no subscriber: add one with --subscriber NAME=URL");
  const broker = await startBrokerServer({ port, hostile, synchronous, subscriptions, clock, say });
  await aborted(signal);
  await broker.stop();
  return 0;
}
