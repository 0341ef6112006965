import { hash } from "node:crypto";
import { AlreadyExists, Forbidden, NotFound } from "../errors.ts";
import type { Kube, KubeObject } from "../kube/port.ts";

/** A message for people about an object. It becomes a Kubernetes Event. */
export interface Notice {
  readonly about: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** Reported once for each generation of the object, by any process; else again after ten minutes. */
  readonly once?: boolean | undefined;
}

/** The longest note that events.k8s.io/v1 allows. */
const longestNote = 1_024;

/** The notice as an Event (events.k8s.io/v1) in the object's namespace. */
export function eventOf(
  { about, type, reason, message }: Notice,
  action: string,
  origin: { readonly controller: string; readonly instance: string; readonly now: number; readonly nonce: string },
): KubeObject {
  const { apiVersion, kind, metadata } = about;
  const { name, namespace = "default", uid, resourceVersion } = metadata;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name.slice(0, 200)}.${origin.nonce}`, namespace },
    eventTime: `${new Date(origin.now).toISOString().slice(0, -1)}000Z`,
    reportingController: origin.controller,
    reportingInstance: origin.instance.slice(0, 128),
    action,
    reason,
    type,
    note: message.slice(0, longestNote),
    regarding: {
      apiVersion,
      kind,
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

/** A terminating namespace accepts no Events, and nobody reads them there. */
function endedWithItsNamespace(error: unknown): boolean {
  return error instanceof NotFound || (error instanceof Forbidden && error.namespaceTerminating);
}

/** Identifies a notice that is reported once: two processes that report it write the same Event. */
function onceOf({ about: { metadata }, reason, message }: Notice): string {
  const said = JSON.stringify([metadata.uid, metadata.generation, reason, message]);
  return hash("sha256", said).slice(0, 16);
}

/** Who writes Events: the controller and its instance, with a clock and fresh text for the names of Events. */
export interface Origin {
  readonly controller: string;
  readonly instance: string;
  readonly now: () => number;
  readonly nonce: () => string;
}

/**
 * Writes notices as Events.
 * The same notice about the same object is written at most once in ten minutes, or once if it says so.
 */
export class Notifier {
  readonly #kube: Kube;
  readonly #origin: Origin;
  readonly #failed: (error: unknown) => void;
  readonly #said = new Map<string, number>();

  constructor(kube: Kube, origin: Origin, failed: (error: unknown) => void) {
    this.#kube = kube;
    this.#origin = origin;
    this.#failed = failed;
  }

  /** Never throws: a notice that could not be written is passed to `failed`. */
  async notify(notices: readonly Notice[]): Promise<void> {
    await Promise.all(notices.filter((notice) => this.#isNew(notice)).map((notice) => this.#write(notice)));
  }

  async #write(notice: Notice): Promise<void> {
    try {
      await this.#kube.create(
        eventOf(notice, notice.reason, {
          controller: this.#origin.controller,
          instance: this.#origin.instance,
          now: this.#origin.now(),
          nonce: notice.once === true ? onceOf(notice) : this.#origin.nonce(),
        }),
      );
    } catch (error) {
      const saidAlready = notice.once === true && error instanceof AlreadyExists;
      if (!saidAlready && !endedWithItsNamespace(error)) this.#failed(error);
    }
  }

  #isNew(notice: Notice): boolean {
    const { about, reason, message, once = false } = notice;
    const now = this.#origin.now();
    const key = once ? onceOf(notice) : [about.metadata.uid, reason, message].join(" ");
    const before = this.#said.get(key);
    if (before !== undefined && (once || now - before < 600_000)) return false;
    this.#said.delete(key);
    this.#said.set(key, now);
    if (this.#said.size > 10_000)
      for (const oldest of this.#said.keys()) if (this.#said.size > 5_000) this.#said.delete(oldest);
    return true;
  }
}
