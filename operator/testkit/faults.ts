import {
  AlreadyExists,
  Conflict,
  Expired,
  Forbidden,
  type OperatorError,
  Throttled,
  Unavailable,
} from "../../kit/errors.ts";
import type { Intercept, KubeRequest } from "../../kit/kube/intercept.ts";

/** Which requests of operators fail, and how. */
export interface Failing {
  /** A verb of the API (`get`, `list`, `watch`, `create`, `apply`, `patch`, `delete`), or `write` for all that write. */
  readonly verb?: KubeRequest["verb"] | "write" | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  /** How many. Default 1. */
  readonly times?: number | undefined;
  /** The HTTP status of the answer. Default 500. */
  readonly status?: 403 | 409 | 410 | 429 | 500 | undefined;
  /** Whether the request takes effect, and only its answer is lost. */
  readonly takesEffect?: boolean | undefined;
}

/** Stands between operators and their cluster. */
export class WorldFaults {
  #failing: { left: number; readonly of: Failing }[] = [];
  #killAfter: number | undefined;
  #ofThisProcess = 0;
  #killed = false;
  requests = 0;
  /** The writes that took effect. */
  writes = 0;

  fail(of: Failing): void {
    this.#failing.push({ left: of.times ?? 1, of });
  }

  killAfter(writes: number): void {
    this.#killAfter = writes;
    this.#ofThisProcess = 0;
  }

  /** Whether the process was killed. Then the next one may write once more. */
  takeKilled(): boolean {
    if (!this.#killed) {
      this.#killAfter = undefined;
      return false;
    }
    this.#killed = false;
    this.killAfter((this.#killAfter ?? 0) + 1);
    return true;
  }

  get killed(): boolean {
    return this.#killed;
  }

  readonly intercept: Intercept = async (request, perform) => {
    this.requests += 1;
    if (this.#killed) throw new Unavailable("this process was killed");
    const failure = this.#failing.find(({ left, of }) => left > 0 && concerns(of, request));
    if (failure === undefined) return await this.#counted(request, perform);
    failure.left -= 1;
    if (failure.of.takesEffect === true) await perform();
    throw errorOf(failure.of, request);
  };

  async #counted<Result>(request: KubeRequest, perform: () => Promise<Result>): Promise<Result> {
    const result = await perform();
    if (!request.write) return result;
    this.writes += 1;
    this.#ofThisProcess += 1;
    if (this.#ofThisProcess !== this.#killAfter) return result;
    this.#killed = true;
    throw new Unavailable("this process was killed");
  }
}

function concerns({ verb, kind, name }: Failing, request: KubeRequest): boolean {
  if (kind !== undefined && kind !== request.kind) return false;
  if (name !== undefined && name !== request.name) return false;
  return verb === undefined || (verb === "write" ? request.write : verb === request.verb);
}

function errorOf({ status }: Failing, { verb, kind, name = "" }: KubeRequest): OperatorError {
  const what = `${verb} of ${kind} ${name}: the test lets it fail`;
  switch (status) {
    case 403:
      return new Forbidden(what);
    case 409:
      return verb === "create" ? new AlreadyExists(what) : new Conflict(what);
    case 410:
      return new Expired(what);
    case 429:
      return new Throttled(what, 1);
    case 500:
    case undefined:
      return new Unavailable(what);
  }
}
