import type { Clock } from "../clock.ts";
import { Conflict, NotFound, OperatorError } from "../errors.ts";
import type { Kube, KubeObject } from "../kube/port.ts";

/** The right to write. Recorded in `status.stage` before the first effect, and released with the last write. */
export interface Claim {
  readonly name: string;
  readonly revision: number;
  readonly holder: string;
  readonly until: string;
}

/** How long a claim runs without a renewal, in milliseconds. */
export const claimMilliseconds = 60_000;

/** The write that begins a stage: the status at its start, and the claim of a stage that goes on after it. */
export interface Beginning {
  /** Absent: the write is all that the stage does. */
  readonly claim?: Pick<Claim, "name" | "revision"> | undefined;
  readonly status: object;
}

/**
 * Writes a status without a claim, for decisions without other effects.
 * Removes the claim of a process that stopped.
 */
export async function recordStatus(
  object: KubeObject,
  status: object,
  { kube }: Pick<ClaimTools, "kube">,
): Promise<KubeObject | undefined> {
  try {
    return await kube.replaceStatus(withStatus(object, unclaimed(status)));
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound) return undefined;
    throw error;
  }
}

export interface ClaimTools {
  readonly kube: Kube;
  /** Never a store that may be stale: read after a conflicting write. */
  readonly live: Kube;
  readonly clock: Clock;
  readonly holder: string;
}

/** The claim that this process holds on an object. */
export class HeldClaim {
  readonly #tools: ClaimTools;
  #stage: Pick<Claim, "name" | "revision">;
  #object: KubeObject;
  #status: object = {};
  #until = 0;

  private constructor(object: KubeObject, stage: Pick<Claim, "name" | "revision">, tools: ClaimTools) {
    this.#object = object;
    this.#stage = stage;
    this.#tools = tools;
  }

  /** Takes a claim with the write that begins a stage; undefined if the object changed after it was read. */
  static async take(
    object: KubeObject,
    { claim, status }: Beginning & { readonly claim: object },
    tools: ClaimTools,
  ): Promise<HeldClaim | undefined> {
    const held = new HeldClaim(object, claim, tools);
    try {
      await held.#begin(claim, status);
      return held;
    } catch (error) {
      if (error instanceof Conflict || error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** The object as this claim last wrote it. */
  get object(): KubeObject {
    return this.#object;
  }

  /**
   * Ends the stage and begins its successor with one write, on the version that this claim wrote last.
   * From then on the claim is the successor's, or is given back if that goes on with nothing.
   * Undefined: nothing was written, and the stage must be ended by itself.
   * @throws OperatorError if it is not known whether it was written
   */
  async passOn({ claim, status }: Beginning): Promise<KubeObject | undefined> {
    if (this.expired()) return undefined;
    try {
      if (claim === undefined) this.#object = await this.#write(this.#object, unclaimed(status));
      else await this.#begin(claim, status);
      return this.#object;
    } catch (error) {
      // Refused, or another client wrote first. Without an answer, the write may have happened.
      if (error instanceof Conflict || (error instanceof OperatorError && !error.retryable)) return undefined;
      throw error;
    }
  }

  async #begin(claim: Pick<Claim, "name" | "revision">, status: object): Promise<void> {
    const until = this.#tools.clock.now() + claimMilliseconds;
    this.#object = await this.#write(this.#object, { ...status, stage: this.#claim(until, claim) });
    this.#stage = claim;
    this.#status = status;
    this.#until = until;
  }

  expired(): boolean {
    return this.#tools.clock.now() >= this.#until;
  }

  /** Makes sure that enough time of the claim is left for one more step; false if the claim is lost. */
  async renew(): Promise<boolean> {
    const left = this.#until - this.#tools.clock.now();
    if (left <= 0) return false;
    if (left > claimMilliseconds / 2) return true;
    const until = this.#tools.clock.now() + claimMilliseconds;
    const renewed = await this.#writeWhileHeld({ ...this.#status, stage: this.#claim(until) });
    if (renewed === undefined) this.#until = 0;
    else this.#until = until;
    return renewed !== undefined;
  }

  /** Writes a status during the stage, and keeps the claim; false if the claim is lost. */
  async record(status: object): Promise<boolean> {
    this.#status = status;
    const written = await this.#writeWhileHeld({ ...status, stage: this.#claim(this.#until) });
    if (written === undefined) this.#until = 0;
    return written !== undefined;
  }

  /** Writes the last status without the claim; undefined if another holder has the claim now. */
  async release(status: object): Promise<KubeObject | undefined> {
    return this.#writeWhileHeld(unclaimed(status));
  }

  /** An edit by another client changes the resourceVersion, not the claim: the write is retried on the new version. */
  async #writeWhileHeld(status: object): Promise<KubeObject | undefined> {
    let object: KubeObject | undefined = this.#object;
    for (let attempt = 0; object !== undefined && attempt < 5; attempt++) {
      try {
        this.#object = await this.#write(object, status);
        return this.#object;
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        if (!(error instanceof Conflict)) throw error;
        object = await this.#reread(object);
      }
    }
    return undefined;
  }

  async #reread(object: KubeObject): Promise<KubeObject | undefined> {
    const { apiVersion, kind, metadata } = object;
    const found = await this.#tools.live.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
    if (found === undefined || found.metadata.uid !== metadata.uid) return undefined;
    const claim = stageOf(found);
    return claim?.["holder"] === this.#tools.holder && claim["name"] === this.#stage.name ? found : undefined;
  }

  #write(object: KubeObject, status: object): Promise<KubeObject> {
    return this.#tools.kube.replaceStatus(withStatus(object, status));
  }

  #claim(until: number, { name, revision } = this.#stage): Claim {
    return { name, revision, holder: this.#tools.holder, until: new Date(until).toISOString() };
  }
}

/** The status without a claim: its writer has none any more, and a claim that it read was void. */
function unclaimed(status: object): object {
  const { stage: _void, ...rest } = { stage: undefined, ...status };
  return rest;
}

function stageOf(object: KubeObject): { readonly [key: string]: unknown } | undefined {
  const { status } = object;
  if (typeof status !== "object" || status === null || !("stage" in status)) return undefined;
  return typeof status.stage === "object" && status.stage !== null ? { ...status.stage } : undefined;
}

function withStatus({ apiVersion, kind, metadata }: KubeObject, status: object): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    status,
  };
}
