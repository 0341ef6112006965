import { expect } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import { parseJson, writeJson } from "../../../kit/encoding/exact-json.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";

/** A value that stands in Secrets and must never be seen outside of them. */
export const marker = "s3cr3t-never-to-be-told";

/** A Plugboard at work on a cluster, and a person beside it who has all rights. */
export interface Life {
  /** Where plugs are, where sockets are, and where snapshots are: nobody else's. */
  readonly app: string;
  readonly db: string;
  readonly operator: string;
  /** The cluster as the person sees it. */
  readonly kube: Kube;
  apply(...objects: readonly KubeObject[]): Promise<void>;
  /** One more namespace that Plugboard serves, with a service account that may do everything in it. */
  namespace(labels?: { readonly [key: string]: string }): Promise<string>;
  /** Until nothing is on its way any more; what waits for a retry may still wait. */
  rest(): Promise<void>;
  /** Until it holds, however long the retries take. @throws Error naming what did not come to pass */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  /** Every stage of every plug and socket delivered once more, by another instance, then a resync. */
  again(): Promise<void>;
  /** Lets a resync or two go by. */
  resync(): Promise<void>;
  /** Everything in the namespaces of this life. */
  objects(): Promise<readonly KubeObject[]>;
  /** What was reported, announced or logged so far, as text. */
  heard(): string;
  /** How many requests Plugboard itself sends while nothing happens for so many minutes; undefined where time does not pass at will. */
  requestsDuring(minutes: number): Promise<number | undefined>;
  /** What broke in a way no stage accounts for. */
  readonly broken: readonly unknown[];
}

/** A life that somebody lives through on either cluster. */
export interface Scenario {
  readonly name: string;
  readonly live: (life: Life) => Promise<void>;
  /** What stays when plugs and sockets are gone: `Kind/name`. */
  readonly leaves?: readonly string[];
  /** Where the other cluster cannot show it, and why is said there. */
  readonly only?: "memory" | "cluster";
}

/** Lives through a scenario; then holds its world to stay as it is whatever is delivered again, to tell no secret, and to leave nothing behind. */
export async function liveThrough({ live, leaves = [] }: Scenario, life: Life): Promise<void> {
  const before = new Set((await life.objects()).map(nameOf));
  const applied = new Set<string>();
  try {
    await live(recording(life, applied));
  } catch (error) {
    throw life.broken.length === 0
      ? error
      : new AggregateError([error, ...life.broken], String(error), { cause: life.broken[0] });
  }
  await staysAsItIs(life);
  await endAll(life);
  expect(tells(life.heard(), await life.objects())).toEqual([]);
  const made = (await life.objects()).map(nameOf).filter((name) => !before.has(name) && !applied.has(name));
  expect(made.filter((name) => !name.startsWith(`${life.operator}/Event/`) && !isEvent(name)).sort()).toEqual(
    [...leaves].sort(),
  );
  expect(life.broken).toEqual([]);
}

/** Remembers what the person applied: that is theirs, and stays. */
function recording(life: Life, applied: Set<string>): Life {
  return {
    ...life,
    async namespace(labels) {
      const name = await life.namespace(labels);
      for (const object of await life.objects()) if (object.metadata.namespace === name) applied.add(nameOf(object));
      return name;
    },
    async apply(...objects) {
      for (const object of objects) applied.add(nameOf(object));
      await life.apply(...objects);
    },
  };
}

async function staysAsItIs(life: Life): Promise<void> {
  await life.rest();
  const before = await picture(life);
  await life.again();
  expect(await picture(life)).toEqual(before);
}

/** Deletes every plug and socket, and waits until the last trace of them is gone. */
async function endAll(life: Life): Promise<void> {
  for (const kind of ["Plug", "Socket"]) {
    for (const object of (await life.objects()).filter((one) => one.kind === kind))
      await life.kube.delete(keyOf(object));
  }
  await life.until("every plug and socket gone", async () =>
    (await life.objects()).every(({ kind }) => kind !== "Plug" && kind !== "Socket"),
  );
  await life.until("the operator's namespace without snapshots", async () => {
    await life.resync();
    return (await life.objects()).every(
      ({ kind, metadata }) => kind !== "Secret" || metadata.namespace !== life.operator,
    );
  });
}

/** The world by `namespace/Kind/name`: of what others wrote its version, of plugs and sockets what they say. */
export async function picture(life: Life): Promise<{ readonly [name: string]: unknown }> {
  const objects = (await life.objects()).filter((object) => !isEvent(nameOf(object)) && !isFinished(object));
  return Object.fromEntries(objects.map((object) => [nameOf(object), lookOf(object)]));
}

function lookOf(object: KubeObject): unknown {
  const { uid, resourceVersion, generation } = object.metadata;
  if (object.apiVersion !== apiVersion) return `${uid} at ${resourceVersion}`;
  const said = writeJson({ generation, spec: object["spec"], status: object["status"] });
  // What a socket says of the plugs on their way to it lags by up to two seconds.
  // A reference to the plug itself notes down the version that its own last status write replaced.
  const still = said.replaceAll(/@\d+"/g, '"').replaceAll(/, \d+ waiting( \([^()"]*\))?/g, "");
  // What the API server rejects is tried again all the time.
  return withoutRetries(parseJson(still));
}

function withoutRetries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRetries);
  if (typeof value !== "object" || value === null) return value;
  const lasting = Object.entries(value).filter(([key]) => key !== "attempts" && key !== "retryAt");
  return Object.fromEntries(lasting.map(([key, inner]) => [key, withoutRetries(inner)]));
}

/** Where a secret is told: the names of objects outside Secrets, and what was said aloud. */
function tells(heard: string, objects: readonly KubeObject[]): readonly string[] {
  const open = objects.filter(({ kind }) => kind !== "Secret").map((object) => [nameOf(object), writeJson(object)]);
  const forms = [marker, Buffer.from(marker).toString("base64").replace(/=+$/, "")];
  return [...open, ["reports, facts and logs", heard]].flatMap(([name = "", text = ""]) =>
    forms.some((form) => text.includes(form)) ? [name] : [],
  );
}

export function nameOf({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string {
  return `${metadata.namespace}/${kind}/${metadata.name}`;
}

/** A snapshot of a coupling that has ended: it goes by itself. */
function isFinished({ metadata }: KubeObject): boolean {
  return metadata.labels?.[snapshotLabels.finishedAt] !== undefined;
}

function isEvent(name: string): boolean {
  return name.split("/")[1] === "Event";
}
