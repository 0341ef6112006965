import type { Clock } from "../kit/clock.ts";

/** So much of a processor, at most, goes into counting the plugs of one socket. */
const share = 1 / 20;

/** When a socket's plugs may be counted again: at most once per interval, less often where counting takes long. */
export class CensusPace {
  readonly #clock: Clock;
  readonly #leastMilliseconds: number;
  readonly #count: (key: string) => void;
  readonly #notBefore = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock, leastMilliseconds: number, count: (key: string) => void) {
    this.#clock = clock;
    this.#leastMilliseconds = leastMilliseconds;
    this.#count = count;
  }

  /** Has it counted, now or as soon as it may be. */
  ask(key: string): void {
    if (this.#timers.has(key)) return;
    const wait = (this.#notBefore.get(key) ?? 0) - this.#clock.now();
    if (wait > 0)
      this.#timers.set(
        key,
        this.#clock.after(wait, () => this.#countNow(key)),
      );
    else this.#count(key);
  }

  /** It was counted, in so long. */
  counted(key: string, tookMilliseconds: number): void {
    this.#notBefore.set(key, this.#clock.now() + Math.max(this.#leastMilliseconds, tookMilliseconds / share));
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  forget(key: string): void {
    this.#notBefore.delete(key);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  /** Whether none waits for its time. */
  get idle(): boolean {
    return this.#timers.size === 0;
  }

  #countNow(key: string): void {
    this.#timers.delete(key);
    this.#count(key);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
