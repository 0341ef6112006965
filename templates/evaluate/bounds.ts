import { Fault } from "../problems.ts";
import type { Budget } from "./budget.ts";

const maximumDepth = 100;
const maximumBlocks = 400;

/** The limits of one rendering: the stage's budget, and the nesting depth. */
export class Bounds {
  readonly #budget: Budget;
  #depth = 0;
  #blocks = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Charges work before it is done. @throws Exhausted, Heavy */
  spend(units: number): void {
    this.#budget.spend(units);
  }

  /** Charges the making of text, lists and maps before they are made. @throws Exhausted, Heavy */
  make(bytes: number): void {
    this.#budget.make(bytes);
  }

  /** Charges printed bytes. @throws Exhausted, Heavy */
  print(bytes: number): void {
    this.#budget.keep(bytes);
  }

  /** Marks that the next work takes too long for the event loop. @throws Heavy */
  leaveLoop(): void {
    this.#budget.leaveLoop();
  }

  /** Enters a level (a template in a template, a value in a value). @throws Fault */
  deepen(): void {
    this.#depth += 1;
    if (this.#depth > maximumDepth) throw new Fault(`nested deeper than ${maximumDepth} levels`, { ours: true });
  }

  rise(): void {
    this.#depth -= 1;
  }

  /** Enters a block or parenthesis. @throws Fault */
  enter(): void {
    this.#blocks += 1;
    if (this.#blocks > maximumBlocks)
      throw new Fault(`blocks and parentheses are nested deeper than ${maximumBlocks} levels`, { ours: true });
  }

  leave(): void {
    this.#blocks -= 1;
  }
}
