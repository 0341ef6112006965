import { Fault } from "../problems.ts";
import type { Budget } from "./budget.ts";

const maximumDepth = 100;
const maximumBlocks = 400;

/** What one rendering may use up: of the stage's budget, and how deep it may go. */
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

  /** Charges what is printed. @throws Exhausted, Heavy */
  print(bytes: number): void {
    this.#budget.keep(bytes);
  }

  /** What follows holds the thread too long for the event loop. @throws Heavy */
  leaveLoop(): void {
    this.#budget.leaveLoop();
  }

  /** Goes one level down (a template in a template, a value in a value). @throws Fault */
  deepen(): void {
    this.#depth += 1;
    if (this.#depth > maximumDepth) throw new Fault(`nested deeper than ${maximumDepth} levels`, { ours: true });
  }

  rise(): void {
    this.#depth -= 1;
  }

  /** Goes into a block or parenthesis. @throws Fault */
  enter(): void {
    this.#blocks += 1;
    if (this.#blocks > maximumBlocks)
      throw new Fault(`blocks and parentheses are nested deeper than ${maximumBlocks} levels`, { ours: true });
  }

  leave(): void {
    this.#blocks -= 1;
  }
}
