import { readFileSync } from "node:fs";
import { UsageError } from "../../report-failure.ts";
import { isFields, type Plain, type PlainFields, valueAt } from "../blueprint/evaluate.ts";
import type { Descriptor } from "../descriptor.ts";
import { admittedName } from "../rights/guard.ts";
import { rulesOf } from "../rights/rights.ts";
import { descriptionOf } from "./descriptions.ts";

/** The platforms on which Plugboard can be deployed. */
export const targets = ["standalone", "knative"] as const;
export type Target = (typeof targets)[number];

/** Keys whose value is one of a few words. */
export const choices: { readonly [key: string]: readonly string[] } = {
  target: targets,
  "impersonation.mode": ["constrained", "legacy"],
};

/** Keys whose value is a list of texts of one form, as a regular expression. */
export const patterns: { readonly [key: string]: string } = {
  "guard.users": admittedName,
  "guard.groups": admittedName,
};

/**
 * All values and their defaults, also of the Helm chart.
 * These names mean the same as in integration-operator's chart:
 * `images.*.repository`, `images.*.tag`, `config.imagePullPolicy`, `config.updateStrategy`,
 * `config.replicas`, `config.debug`, `config.*.resources`.
 */
export function defaultValues({ source, functions }: Descriptor): PlainFields {
  return {
    target: "standalone",
    images: { plugboard: { repository: "plugboard", tag: version() } },
    config: {
      imagePullPolicy: "IfNotPresent",
      imagePullSecrets: [],
      updateStrategy: "RollingUpdate",
      replicas: source.replicas,
      debug: false,
      logLevel: "info",
      namespaces: [],
      serveNamespaces: [],
      adopt: true,
      missingValues: "print",
      stagesPerNamespace: 10,
      apparatus: { allowHosts: [], timeoutSeconds: 10 },
      plugboard: { resources: resources(source) },
      watchedKinds: rulesOf(
        Object.fromEntries(source.watchedKinds.map((name) => [name, ["get", "list", "watch"]])),
      ).map((rule) => ({ ...rule })),
      nodeSelector: {},
      tolerations: [],
    },
    crds: { enabled: true },
    peopleRoles: { enabled: true },
    impersonation: { mode: "constrained", kinds: [], serviceAccounts: [], protectNamespaces: true },
    guard: { enabled: false, users: [], groups: [] },
    networkPolicy: {
      enabled: true,
      metricsNamespaces: ["monitoring"],
      knativeNamespaces: ["knative-serving", "knative-eventing", "kourier-system", "istio-system", "contour-internal"],
    },
    broker: { name: "plugboard", class: "MTChannelBasedBroker", config: { name: "", namespace: "knative-eventing" } },
    eventTypes: { enabled: true },
    scale: { min: 0, max: 0 },
    oidc: { audience: "", issuer: "", eventPolicy: true },
    lifecycle: { enabled: false },
    functions: Object.fromEntries(
      functions.map((one) => [
        one.target,
        {
          scale: { min: one.scale.min, max: one.scale.max },
          concurrency: one.concurrency,
          timeoutSeconds: one.timeoutSeconds,
          resources: resources(one),
        },
      ]),
    ),
  };
}

/** Requests and limits: memory is reserved and limited, CPU is reserved but not limited. */
function resources({ memory, cpu }: { readonly memory: string; readonly cpu: string }): PlainFields {
  return { requests: { cpu, memory }, limits: { memory } };
}

function version(): string {
  return String(JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version);
}

/** Values changed by `--set KEY=VALUE`. @throws UsageError naming the valid keys */
export function withSettings(values: PlainFields, settings: readonly string[]): PlainFields {
  return settings.reduce((changed, setting) => {
    const equals = setting.indexOf("=");
    if (equals < 1) throw new UsageError(`--set ${setting}: expected KEY=VALUE, for example config.replicas=3`);
    const key = setting.slice(0, equals);
    return put(changed, key.split("."), { key, text: setting.slice(equals + 1), values });
  }, values);
}

interface Setting {
  readonly key: string;
  readonly text: string;
  readonly values: PlainFields;
}

function put(fields: PlainFields, [step = "", ...rest]: readonly string[], setting: Setting): PlainFields {
  const before = fields[step];
  if (before === undefined && Object.keys(fields).length > 0) throw unknownKey(setting);
  if (rest.length === 0) return { ...fields, [step]: read(before, setting) };
  if (before !== undefined && !isFields(before)) throw unknownKey(setting);
  return { ...fields, [step]: put(before ?? {}, rest, setting) };
}

/** Parses a value to the type of its default; lists have commas, objects are JSON. */
function read(before: Plain | undefined, { key, text }: Setting): Plain {
  const wrong = (expected: string) => new UsageError(`--set ${key}=${text}: expected ${expected}`);
  const chosen = choices[key];
  if (chosen !== undefined && !chosen.includes(text)) throw wrong(chosen.join(" or "));
  if (typeof before === "boolean") {
    if (text !== "true" && text !== "false") throw wrong("true or false");
    return text === "true";
  }
  if (typeof before === "number") {
    if (!/^\d+$/.test(text)) throw wrong("a whole number");
    return Number(text);
  }
  if (Array.isArray(before)) {
    const list = /^\s*\[/.test(text) ? json(text, wrong("a list")) : listed(text);
    const form = formOf(before, key);
    if (!Array.isArray(list) || !list.every(form.fits)) throw wrong(form.expected);
    return list;
  }
  // `impersonation=legacy` is short for `impersonation.mode=legacy`.
  if (isFields(before) && choices[`${key}.mode`]?.includes(text)) return { ...before, mode: text };
  if (isFields(before) || before === undefined) return json(text, wrong("JSON, or a key below it"));
  return text;
}

interface ListForm {
  readonly expected: string;
  readonly fits: (one: Plain) => boolean;
}

const resourceName = /^[a-z]+(\/[a-z]+)?(\.[a-z0-9][a-z0-9.-]*)?$/;
const kubernetesName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The form of the items of a list. */
function formOf([usual]: readonly Plain[], key: string): ListForm {
  if (isFields(usual)) {
    const names = Object.keys(usual);
    const fits = (one: Plain) => isFields(one) && String(Object.keys(one).sort()) === String([...names].sort());
    return { fits, expected: `a list of rules as JSON, each with ${names.join(", ")}` };
  }
  if (key === "config.tolerations") return { fits: isFields, expected: "a list of tolerations as JSON" };
  if (key === "impersonation.kinds")
    return {
      fits: (one) => typeof one === "string" && resourceName.test(one),
      expected: "kinds as resource.group, separated by commas, such as configmaps,deployments.apps",
    };
  const pattern = patterns[key];
  if (pattern !== undefined)
    return {
      fits: (one) => typeof one === "string" && new RegExp(pattern, "u").test(one),
      expected: "names separated by commas, without quotes, backslashes and spaces",
    };
  const named = /namespaces$/i.test(key) ? "namespaces" : /serviceAccounts$/.test(key) ? "service accounts" : undefined;
  return {
    fits: (one) => typeof one === "string" && (named === undefined || kubernetesName.test(one)),
    expected: named === undefined ? "words separated by commas" : `names of ${named}, separated by commas`,
  };
}

function listed(text: string): readonly string[] {
  return text === "" ? [] : text.split(",").map((one) => one.trim());
}

function json(text: string, wrong: UsageError): Plain {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(wrong.message, { cause });
  }
}

function unknownKey({ key, values }: Setting): UsageError {
  const known = settable(values).map((one) => one.replace(/^functions\.[^.]+\./, "functions.FUNCTION."));
  return new UsageError(`--set ${key}: unknown key; expected one of ${[...new Set(known)].join(", ")}`);
}

/** The keys that `--set` accepts. The target is not among them: it has its own option. */
function settable(values: PlainFields): readonly string[] {
  return ["namespace", ...keysOf(values).filter((key) => key !== "target")];
}

/** All keys that may be set, with dots. Some, such as `resources`, have further keys. */
export function keysOf(values: PlainFields, before: readonly string[] = []): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = [...before, name];
    const deeper = isFields(value) && Object.keys(value).length > 0 && descriptionOf(path.join(".")) === "";
    return deeper ? keysOf(value, path) : [path.join(".")];
  });
}

/** Describes each key and its default. */
export function describeKeys(values: PlainFields): string {
  return settable(values)
    .map((key) => `${key} = ${usual(values, key)}\n    ${descriptionOf(key)}\n`)
    .join("");
}

function usual(values: PlainFields, key: string): string {
  if (key === "namespace") return "plugboard";
  const found = valueAt(values, key.split("."));
  return typeof found === "string" ? found : JSON.stringify(found ?? null);
}
