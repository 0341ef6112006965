import { readFileSync } from "node:fs";
import { eventFormat, facts } from "../../crds/stage-names.ts";
import { parseServerless, type ServerlessFunction, type TriggerDelivery } from "../../eventing/broker/serverless.ts";
import { eventType } from "../../eventing/cloud-events.ts";
import type { Subscription } from "../../eventing/http/broker/http-broker.ts";
import { UsageError } from "../report-failure.ts";

/** A subscriber, as given on the command line. */
export interface Subscriber {
  /** A function of serverless.yaml, all of them, a fact, or the type of events. */
  readonly name: string;
  readonly to: URL;
}

/** The name of a subscriber for all functions without a subscriber of their own, such as `plugboard serve --all`. */
const everyFunction = "all";

/** The delivery of a Trigger without settings, from a Broker without settings. */
const usualDelivery: TriggerDelivery = { retry: 10, backoffPolicy: "exponential", backoffMilliseconds: 200 };

/** Reads `NAME=URL`. @throws UsageError */
export function parseSubscriber(text: string): Subscriber {
  const { name = "", address = "" } = /^(?<name>[^=]+)=(?<address>.*)$/.exec(text)?.groups ?? {};
  const to = URL.parse(address);
  if (name === "" || (to?.protocol !== "http:" && to?.protocol !== "https:"))
    throw new UsageError(`--subscriber ${text}: expected NAME=URL, for example plug.coupled=http://localhost:9000`);
  return { name, to };
}

/**
 * The subscriptions to all events: of the functions of serverless.yaml, and of other subscribers.
 * @throws UsageError for an unknown name
 */
export function subscriptionsOf(subscribers: readonly Subscriber[], functionsAt?: URL): readonly Subscription[] {
  const { functions } = parseServerless(readFileSync(new URL("../../serverless.yaml", import.meta.url), "utf8"));
  const all = subscribers.filter(({ name }) => name === everyFunction).map(({ to }) => to);
  const usual = all.length === 0 && functionsAt !== undefined ? [functionsAt] : all;
  const replaced = functions.flatMap((one) => ofFunction(one, subscribers, usual));
  const others = subscribers.filter(
    ({ name }) => name !== everyFunction && !functions.some((one) => one.name === name),
  );
  return [...replaced, ...others.map((one) => ofType(one, functions))];
}

function ofFunction(
  { name, triggers }: ServerlessFunction,
  subscribers: readonly Subscriber[],
  usual: readonly URL[],
): readonly Subscription[] {
  const given = subscribers.filter((one) => one.name === name).map(({ to }) => to);
  return (given.length > 0 ? given : usual).flatMap((to) => triggers.map((trigger) => ({ name, trigger, to })));
}

function ofType({ name, to }: Subscriber, functions: readonly ServerlessFunction[]): Subscription {
  const fact = facts.find((one) => one === name);
  const type = fact === undefined ? name : eventType(eventFormat, fact);
  const [noun] = name.split(".");
  if (fact === undefined && functions.some((one) => one.name.startsWith(`${noun}.`)))
    throw new UsageError(
      `--subscriber ${name}: unknown stage or fact; expected a stage (${functions.map((one) => one.name).join(", ")}) or a fact (${facts.join(", ")})`,
    );
  return { name, to, trigger: { filters: [{ exact: { type } }], delivery: usualDelivery } };
}
