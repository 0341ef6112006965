import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** A complete answer. */
export interface RawAnswer {
  readonly code: number;
  readonly text: string;
  readonly retryAfterSeconds: number | undefined;
}

/**
 * Collects one complete answer, without the cost of a stream.
 * Stops when told to, or when the answer grows too large.
 */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly #settle: PromiseWithResolvers<RawAnswer> = Promise.withResolvers();
  readonly #maximumBytes: number;
  readonly #tooLarge: () => Error;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #code = 0;
  #retryAfterSeconds: number | undefined;

  constructor(maximumBytes: number, tooLarge: () => Error) {
    this.#maximumBytes = maximumBytes;
    this.#tooLarge = tooLarge;
  }

  /** Settles when the answer is complete, or the request failed. */
  get answer(): Promise<RawAnswer> {
    return this.#settle.promise;
  }

  /** Whether a part of an answer has arrived. */
  get begun(): boolean {
    return this.#code !== 0;
  }

  /** Ends the request with this failure. A request that still waits for a connection is never sent. */
  giveUp(failure: Error): void {
    this.#failure ??= failure;
    this.#controller?.abort(failure);
    this.#settle.reject(this.#failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, code: number, headers: IncomingHttpHeaders): void {
    this.#code = code;
    this.#retryAfterSeconds = retryAfterSeconds(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maximumBytes) this.giveUp(this.#tooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#settle.resolve({
      code: this.#code,
      text: whole.toString("utf8"),
      retryAfterSeconds: this.#retryAfterSeconds,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle.reject(this.#failure ?? error);
  }
}

/**
 * The seconds that an answer asks to wait before a retry; undefined if it does not.
 * A date is compared with the clock of the answer.
 */
export function retryAfterSeconds({ "retry-after": after, date }: IncomingHttpHeaders): number | undefined {
  if (typeof after !== "string") return undefined;
  if (/^\d+$/.test(after.trim())) return Number(after);
  const seconds = Math.ceil((Date.parse(after) - Date.parse(date ?? "")) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
