import { Fault } from "../problems.ts";

const maximumSteps = 100_000;
const maximumBytes = 1024 * 1024;
const maximumDepth = 100;
const maximumBlocks = 400;
const bytesPerStep = 256;

/** What one rendering may use up. Each bound has an error of its own. */
export interface Bounds {
  /** Counts work: one for each node evaluated, and what a function does in proportion. @throws Fault */
  spend(steps: number): void;
  /** Counts the making of text, and refuses a text larger than the output may be. @throws Fault */
  make(bytes: number): void;
  /** Counts what is printed. @throws Fault */
  print(bytes: number): void;
  /** Goes one level down (a template in a template, a value in a value). @throws Fault */
  deepen(): void;
  rise(): void;
  /** Goes into a block or parenthesis. @throws Fault */
  enter(): void;
  leave(): void;
}

/** Bounds of which nothing is used up yet. */
export function boundsOf(): Bounds {
  return new Counters();
}

class Counters implements Bounds {
  #steps = 0;
  #bytes = 0;
  #depth = 0;
  #blocks = 0;

  spend(steps: number): void {
    this.#steps += steps;
    if (!(this.#steps <= maximumSteps))
      throw new Fault(`the template takes more than ${maximumSteps} steps`, { ours: true });
  }

  make(bytes: number): void {
    if (!(bytes <= maximumBytes)) throw new Fault(`a text would be longer than ${maximumBytes} bytes`, { ours: true });
    this.spend(Math.ceil(bytes / bytesPerStep));
  }

  print(bytes: number): void {
    this.#bytes += bytes;
    if (!(this.#bytes <= maximumBytes))
      throw new Fault(`the output is longer than ${maximumBytes} bytes`, { ours: true });
  }

  deepen(): void {
    this.#depth += 1;
    if (this.#depth > maximumDepth) throw new Fault(`deeper than ${maximumDepth} levels`, { ours: true });
  }

  rise(): void {
    this.#depth -= 1;
  }

  enter(): void {
    this.#blocks += 1;
    if (this.#blocks > maximumBlocks)
      throw new Fault(`blocks and parentheses are nested deeper than ${maximumBlocks} levels`, { ours: true });
  }

  leave(): void {
    this.#blocks -= 1;
  }
}
