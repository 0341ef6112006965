import type { Clock } from "../../kit/clock.ts";

/** The largest share of one processor that paced looks at one subject may take. */
const share = 1 / 20;

/** Limits paced looks at each subject: at most one per interval, fewer if a look takes long. */
export class Pace {
  readonly #clock: Clock;
  readonly #look: (key: string) => void;
  readonly #notBefore = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock, look: (key: string) => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Requests a look, now or as soon as the pace allows. */
  look(key: string): void {
    if (this.#timers.has(key)) return;
    const wait = (this.#notBefore.get(key) ?? 0) - this.#clock.now();
    if (wait > 0)
      this.#timers.set(
        key,
        this.#clock.after(wait, () => this.#lookNow(key)),
      );
    else this.#look(key);
  }

  /**
   * Call after each look.
   * `tookMilliseconds`: how long the look took; `leastMilliseconds`: the least time until the next paced look.
   */
  looked(
    key: string,
    { leastMilliseconds, tookMilliseconds }: { readonly leastMilliseconds: number; readonly tookMilliseconds: number },
  ): void {
    this.#notBefore.set(key, this.#clock.now() + Math.max(leastMilliseconds, tookMilliseconds / share));
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  forget(key: string): void {
    this.#notBefore.delete(key);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  /** Whether no look waits for its time. */
  get idle(): boolean {
    return this.#timers.size === 0;
  }

  #lookNow(key: string): void {
    this.#timers.delete(key);
    this.#look(key);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
