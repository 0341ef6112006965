import { readFileSync } from "node:fs";
import { eventFormat, facts } from "../../crds/stage-names.ts";
import { parseServerless, type ServerlessFunction, type TriggerDelivery } from "../../eventing/broker/serverless.ts";
import { eventType } from "../../eventing/events.ts";
import type { Subscription } from "../../eventing/http/broker/http-broker.ts";
import { UsageError } from "../report-failure.ts";

/** Somebody who is to have events, by what they gave on the command line. */
export interface Subscriber {
  /** A function of serverless.yaml, all of them, a fact, or the type of events. */
  readonly name: string;
  readonly to: URL;
}

/** The name of a subscriber who has the events of every function that nobody else has, as `plugboard serve --all` answers them. */
const everyFunction = "all";

/** As a Trigger has it that says nothing of delivery, from a Broker that says nothing of it either. */
const usualDelivery: TriggerDelivery = { retry: 10, backoffPolicy: "exponential", backoffMilliseconds: 200 };

/** Reads `NAME=URL`. @throws UsageError */
export function parseSubscriber(text: string): Subscriber {
  const { name = "", address = "" } = /^(?<name>[^=]+)=(?<address>.*)$/.exec(text)?.groups ?? {};
  const to = URL.parse(address);
  if (name === "" || (to?.protocol !== "http:" && to?.protocol !== "https:"))
    throw new UsageError(`--subscriber ${text}: expected NAME=URL, for example plug.coupled=http://localhost:9000`);
  return { name, to };
}

/** Who has which events: the functions of serverless.yaml, where somebody runs them, and whoever subscribes beside. @throws UsageError where a name is none */
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
      `--subscriber ${name}: there is no such stage or fact; stages are ${functions.map((one) => one.name).join(", ")}; facts are ${facts.join(", ")}`,
    );
  return { name, to, trigger: { filters: [{ exact: { type } }], delivery: usualDelivery } };
}
