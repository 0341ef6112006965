import type { Clock } from "../../kit/clock.ts";

/** So much of a processor, at most, goes into looks at one subject that can wait. */
const share = 1 / 20;

/** When a subject may be looked at again for what can wait: at most once per interval, less often where a look takes long. */
export class Pace {
  readonly #clock: Clock;
  readonly #look: (key: string) => void;
  readonly #notBefore = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock, look: (key: string) => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Has it looked at, now or as soon as it may be. */
  ask(key: string): void {
    if (this.#timers.has(key)) return;
    const wait = (this.#notBefore.get(key) ?? 0) - this.#clock.now();
    if (wait > 0)
      this.#timers.set(
        key,
        this.#clock.after(wait, () => this.#lookNow(key)),
      );
    else this.#look(key);
  }

  /** It was looked at, in so many milliseconds; `least` of them are to go by. */
  looked(key: string, { least, took }: { readonly least: number; readonly took: number }): void {
    this.#notBefore.set(key, this.#clock.now() + Math.max(least, took / share));
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

  #lookNow(key: string): void {
    this.#timers.delete(key);
    this.#look(key);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
