import { load } from "js-yaml";
import { type Fields, fields, list, number, parseIsoDuration, text, wrong } from "./serverless-fields.ts";

/** The part of serverless.yaml that the broker needs: the events that trigger each function. */
export interface Serverless {
  readonly service: string;
  readonly functions: readonly ServerlessFunction[];
}

export interface ServerlessFunction {
  readonly name: string;
  /** The path of the module without its extension, a dot, and the name of its export. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly triggers: readonly Trigger[];
}

/** As in Knative: every filter must match. A filter matches if all its attributes are equal, or have the prefix. */
export interface Trigger {
  readonly filters: readonly Filter[];
  readonly delivery: TriggerDelivery;
}

export type Filter = { readonly exact: Attributes } | { readonly prefix: Attributes };

export type Attributes = { readonly [attribute: string]: string };

export interface TriggerDelivery {
  /** How often a failed delivery is retried. */
  readonly retry: number;
  readonly backoffPolicy: "linear" | "exponential";
  readonly backoffMilliseconds: number;
  /** The longest time to wait that a subscriber may request with `Retry-After`. Absent: the header is ignored. */
  readonly retryAfterMaxMilliseconds?: number | undefined;
}

const defaultTimeoutSeconds = 60;

/** Reads serverless.yaml. @throws InvalidInput naming the field */
export function parseServerless(source: string): Serverless {
  const root = fields(load(source), "serverless.yaml");
  const provider = root["provider"] === undefined ? {} : fields(root["provider"], "provider");
  const timeout = optionalNumber(provider["timeout"], "provider.timeout") ?? defaultTimeoutSeconds;
  const functions = Object.entries(fields(root["functions"], "functions"));
  return {
    service: text(root["service"], "service"),
    functions: functions.map(([name, value]) => parseFunction(name, fields(value, `functions.${name}`), timeout)),
  };
}

function parseFunction(name: string, value: Fields, timeoutSeconds: number): ServerlessFunction {
  const at = `functions.${name}`;
  return {
    name,
    handler: text(value["handler"], `${at}.handler`),
    timeoutSeconds: optionalNumber(value["timeout"], `${at}.timeout`) ?? timeoutSeconds,
    triggers: list(value["events"], `${at}.events`).map((event, index) => {
      const where = `${at}.events[${index}]`;
      return parseTrigger(fields(fields(event, where)["trigger"], `${where}.trigger`), `${where}.trigger`);
    }),
  };
}

function parseTrigger(value: Fields, at: string): Trigger {
  const filters = list(value["filters"], `${at}.filters`).map((filter, index) =>
    parseFilter(fields(filter, `${at}.filters[${index}]`), `${at}.filters[${index}]`),
  );
  return {
    filters,
    delivery: parseDelivery(
      value["delivery"] === undefined ? {} : fields(value["delivery"], `${at}.delivery`),
      `${at}.delivery`,
    ),
  };
}

function parseFilter(value: Fields, at: string): Filter {
  const attributes = (dialect: string): Attributes => {
    const wanted = Object.entries(fields(value[dialect], `${at}.${dialect}`));
    return Object.fromEntries(wanted.map(([name, one]) => [name, text(one, `${at}.${dialect}.${name}`)]));
  };
  return value["prefix"] === undefined ? { exact: attributes("exact") } : { prefix: attributes("prefix") };
}

function parseDelivery(value: Fields, at: string): TriggerDelivery {
  const policy = value["backoffPolicy"] ?? "exponential";
  if (policy !== "linear" && policy !== "exponential")
    throw wrong(`${at}.backoffPolicy`, "linear or exponential", policy);
  const duration = (field: string): number | undefined =>
    value[field] === undefined ? undefined : parseIsoDuration(text(value[field], `${at}.${field}`));
  return {
    retry: optionalNumber(value["retry"], `${at}.retry`) ?? 0,
    backoffPolicy: policy,
    backoffMilliseconds: duration("backoffDelay") ?? 0,
    retryAfterMaxMilliseconds: duration("retryAfterMax"),
  };
}

function optionalNumber(value: unknown, at: string): number | undefined {
  return value === undefined ? undefined : number(value, at);
}
