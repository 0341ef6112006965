import type { Clock } from "../../kit/clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. */
export interface HandClock extends Clock {
  /** Moves on, calling back what falls due in its order; what follows from one moment's callbacks settles before the next moment. */
  advance(milliseconds: number): Promise<void>;
  /** Jumps without calling anything back: a process that was suspended sees this. */
  suspend(milliseconds: number): void;
}

/** Makes a clock that shows the start of 2026. `settled`: lets whatever waits for no clock run to its end. */
export function handClock(settled: () => Promise<void> = settle): HandClock {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<Timer>();

  const next = (until: number) => {
    const due = [...timers].filter((timer) => timer.due <= until);
    return due.sort((left, right) => left.due - right.due)[0];
  };

  return {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { due: now + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    suspend(milliseconds) {
      now += milliseconds;
    },
    async advance(milliseconds) {
      const until = now + milliseconds;
      await settled();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        now = Math.max(now, timer.due);
        for (let due: Timer | undefined = timer; due !== undefined; due = next(now)) {
          timers.delete(due);
          due.callback();
          await Promise.resolve();
        }
        await settled();
      }
      now = until;
    },
  };
}

/** Lets whatever waits for no clock run to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
