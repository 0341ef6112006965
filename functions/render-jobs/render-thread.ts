import { Worker } from "node:worker_threads";
import { OperatorError } from "../../kit/errors.ts";
import { FairLines } from "../../kit/fair-lines.ts";
import { failureFromData, type RenderAnswer, type RenderOrder } from "./render-messages.ts";

export interface RenderThreadOptions {
  /** Called for each order that exceeded the time limit. */
  readonly timedOut?: (() => void) | undefined;
  /** The time limit of one order, in milliseconds. Default 10,000. */
  readonly wallMilliseconds?: number | undefined;
}

const defaultWallMilliseconds = 10_000;

const heapMebibytes = 256;

/** An idle worker ends after this time, to release memory. */
const idleMilliseconds = 60_000;

const file = new URL("./render-worker.ts", import.meta.url);

type Done = Extract<RenderAnswer, { kind: "done" }>;

interface Waiting {
  readonly order: RenderOrder;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One worker, which runs one order after another; namespaces take turns.
 * It is started for the first order, and again after an order that exceeded the time limit.
 */
export class RenderThread implements AsyncDisposable {
  readonly #options: RenderThreadOptions;
  readonly #waiting = new FairLines<Waiting>();
  #worker: Worker | undefined;
  #busy = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: RenderThreadOptions = {}) {
    this.#options = options;
  }

  /** Runs the order. @throws TemplateError, TooLarge, InvalidInput, RenderTimeout */
  send(order: RenderOrder, namespace: string): Promise<Done> {
    const { promise, resolve, reject } = Promise.withResolvers<Done>();
    this.#waiting.add(namespace, { order, resolve, reject });
    this.#next();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #next(): void {
    if (this.#busy) return;
    const waiting = this.#waiting.take()?.item;
    if (waiting === undefined) {
      this.#rest();
      return;
    }
    this.#busy = true;
    clearTimeout(this.#idle);
    void this.#perform(waiting).then(() => {
      this.#busy = false;
      this.#next();
    });
  }

  async #perform({ order, resolve, reject }: Waiting): Promise<void> {
    try {
      const answer = await this.#answerOf(order);
      if (answer.kind === "done") resolve(answer);
      else reject(failureFromData(answer.failure));
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #answerOf(order: RenderOrder): Promise<RenderAnswer> {
    const worker = this.#started();
    const wall = new AbortController();
    const timer = setTimeout(() => wall.abort(), this.#options.wallMilliseconds ?? defaultWallMilliseconds);
    worker.ref();
    try {
      return await answerOf(worker, order, wall.signal);
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      if (!wall.signal.aborted && !isOutOfMemory(error)) throw error;
      this.#options.timedOut?.();
      throw new RenderTimeout("the templates of this stage could not be rendered in time", { cause: error });
    } finally {
      clearTimeout(timer);
      worker.unref();
    }
  }

  #started(): Worker {
    this.#worker ??= new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heapMebibytes }, env: {} });
    return this.#worker;
  }

  #rest(): void {
    if (this.#worker === undefined) return;
    this.#idle = setTimeout(() => void this[Symbol.asyncDispose](), idleMilliseconds);
    this.#idle.unref();
  }
}

function answerOf(worker: Worker, order: RenderOrder, wall: AbortSignal): Promise<RenderAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RenderAnswer>();
  const ended = (code: number): void => reject(new Error(`the render worker ended with ${code}`));
  const stop = (): void => reject(new Error("the wall"));
  worker.once("message", resolve).once("error", reject).once("exit", ended);
  wall.addEventListener("abort", stop);
  worker.postMessage(order);
  return promise.finally(() => {
    worker.off("message", resolve).off("error", reject).off("exit", ended);
    wall.removeEventListener("abort", stop);
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

/**
 * Templates within their budget were not rendered in the time or memory that the worker has: the machine is too busy.
 */
export class RenderTimeout extends OperatorError {
  override readonly name = "RenderTimeout";
  readonly retryable = true;
}
