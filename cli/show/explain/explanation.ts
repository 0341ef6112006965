import type { PlugStatus } from "../../../crds/plug/plug.generated.ts";
import { type ReasonEntry, reasons, type Turn } from "../../../crds/reasons.ts";
import type { Condition } from "../../../kit/conditions.ts";
import type { Unread } from "./reader.ts";

/** The state of one object, for people and as JSON. It contains no value of a Secret. */
export interface Explanation {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
  /** One sentence. */
  readonly what: string;
  /** One sentence: the state and its cause. */
  readonly state: string;
  /** The party that must act next, and its action. */
  readonly turn: { readonly whose: string; readonly remedy: string };
  /** The code in docs/reasons.md. */
  readonly reason: string | undefined;
  readonly meaning: string | undefined;
  /** The whole message of the condition. */
  readonly message: string | undefined;
  readonly generation: { readonly current: number | undefined; readonly observed: number | undefined };
  /** For a plug: the newest revision, and the one that is performed. */
  readonly revision?: { readonly resolved: number | undefined; readonly performed: number | undefined } | undefined;
  /** For a socket. */
  readonly plugs?: PlugCount | undefined;
  readonly places?: { readonly limit: number; readonly granted: number } | undefined;
  readonly inputs: readonly Fact[];
  readonly resources: readonly Fact[];
  readonly waits: readonly Fact[];
  readonly hooks: readonly string[];
  readonly failure: Failure | undefined;
  readonly restless: PlugStatus["restless"] | undefined;
  /** Events of type Warning, the newest first. */
  readonly warnings: readonly Warning[];
  readonly conditions: readonly Condition[];
  /** What Plugboard does next, in one sentence; undefined if it cannot be told. */
  readonly next: string | undefined;
  readonly unread: readonly Unread[];
}

/** One object, or one source of config, and its state. */
export interface Fact {
  readonly what: string;
  readonly side: string | undefined;
  readonly state: string;
  /** More about it, in a phrase. */
  readonly note: string | undefined;
}

/** The plugs that name a socket: each is counted once. */
export interface PlugCount {
  readonly coupled: number;
  readonly onTheirWay: number;
  readonly waiting: number;
  readonly failed: number;
  /** For each count but the first: its first plug by name, with the reason. */
  readonly first: { readonly [state: string]: string };
  /** The namespaces of the plugs: an edit of the socket concerns them. */
  readonly namespaces: readonly string[];
}

/** The last failure that the status records. */
export interface Failure {
  readonly stage: string;
  readonly reason: string;
  readonly attempts: number | undefined;
  readonly retryAt: string | undefined;
  readonly inWay: string | undefined;
  readonly answer: string | undefined;
  readonly remedy: string;
}

/** A warning that only an Event reports. */
export interface Warning {
  readonly reason: string;
  readonly note: string;
  readonly at: string;
  readonly remedy: string;
}

/** The status fields that all kinds have. */
export type CommonStatus = Pick<PlugStatus, "conditions" | "failure" | "refs" | "hooks" | "restless" | "stage">;

/** The names of the parties. */
export interface Parties {
  readonly plug?: string | undefined;
  readonly socket?: string | undefined;
  /** The owner of the object that a message is about, if it is neither. */
  readonly object: string;
}

/** The entry of a reason; undefined for a code of another program. */
export function entryOf(reason: string | undefined): ReasonEntry | undefined {
  return reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : undefined;
}

/** Names the party of a turn. */
export function partyOf(turn: Turn, { plug, socket, object }: Parties): string {
  switch (turn) {
    case "nobody":
      return "nobody's";
    case "Plugboard":
      return "Plugboard's";
    case "the plug's owner":
      return plug ?? object;
    case "the socket's owner":
      return socket ?? object;
    case "the object's owner":
      return object;
    case "the cluster's administrator":
      return "the cluster's administrator";
  }
}

/** The remedy, or that none is needed. */
export function orNothing(remedy: string): string {
  return remedy === "" ? "Nothing to do." : remedy;
}

/** The condition of that type. */
export function conditionOf({ conditions = [] }: CommonStatus, type: string): Condition | undefined {
  return conditions.find((one) => one.type === type);
}

/**
 * The message of a condition without the name of the stage that failed: Failed has the same message without it.
 * Its first line: others quote a template.
 */
export function causeOf(status: CommonStatus, summary: Condition | undefined): string {
  const failed = conditionOf(status, "Failed");
  const { message = "" } = summary ?? {};
  const isSame = failed?.status === "True" && failed.message !== undefined && message.endsWith(failed.message);
  const said = isSame ? (failed.message ?? "") : message;
  const [line = ""] = said.split("\n");
  return sentence(line === "" ? "there is no message" : line);
}

/** The text with a full stop. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The time since then, in words. */
export function ago(since: string | undefined, now: number): string | undefined {
  const seconds = Math.floor((now - Date.parse(since ?? "")) / 1_000);
  if (Number.isNaN(seconds)) return undefined;
  const [unit, size] =
    seconds < 120 ? ["s", 1] : seconds < 7_200 ? ["min", 60] : seconds < 172_800 ? ["h", 3_600] : ["days", 86_400];
  return `${Math.max(0, Math.floor(seconds / Number(size)))} ${unit}`;
}
