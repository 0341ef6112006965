/**
 * The limits of all renderings of one stage together.
 * They are constants, so that the outcome depends only on text and data.
 */
export const limits: { readonly units: number; readonly inlineUnits: number; readonly bytes: number } = {
  /** Units of work; about a microsecond each. */
  units: 2_000_000,
  /** Units that may be spent on the event loop. Longer work starts again in the worker. */
  inlineUnits: 20_000,
  /** Bytes of all intermediate and kept values. */
  bytes: 16 * 1024 * 1024,
};

/** The used part of a budget. */
export interface Spent {
  readonly units: number;
  readonly bytes: number;
}

const nothing: Spent = { units: 0, bytes: 0 };
const unitsPerByteMade = 1 / 32;
const unitsPerByteKept = 1 / 16;

/** Work for error messages, which is allowed even if the budget is used up. */
const littleUnits = 500;

/** The budget is used up. Not a `Fault`, so that lenient rendering does not continue after it. */
export class Exhausted extends Error {
  override readonly name = "Exhausted";
  readonly resource: "units" | "bytes";

  constructor(resource: "units" | "bytes") {
    super(
      resource === "units"
        ? `the templates of this stage take more than ${limits.units} units of work`
        : `the output of the templates of this stage is larger than ${limits.bytes} bytes`,
    );
    this.resource = resource;
  }
}

/** The work is too long for the event loop; the renderer starts it again in the worker. */
export class Heavy extends Error {
  override readonly name = "Heavy";
}

/**
 * The budget of all renderings of one stage: work, and bytes made and kept.
 * Everything is charged before it is done.
 */
export class Budget {
  readonly #inline: boolean;
  #units: number;
  #bytes: number;

  /** `spent`: the part that the stage has used before. */
  constructor(spent: Spent = nothing, place: "inline" | "worker" = "worker") {
    this.#inline = place === "inline";
    this.#units = spent.units;
    this.#bytes = spent.bytes;
  }

  get spent(): Spent {
    return { units: this.#units, bytes: this.#bytes };
  }

  /** Charges work. @throws Exhausted, Heavy */
  spend(units: number): void {
    this.#units += units;
    if (!(this.#units <= limits.units)) throw new Exhausted("units");
    if (this.#inline && this.#units > limits.inlineUnits) throw new Heavy();
  }

  /** Charges optional work; false if too little is left for it, unless it is small. @throws Heavy */
  affords(units: number): boolean {
    if (this.#units + units > limits.units) return units <= littleUnits;
    this.spend(units);
    return true;
  }

  /** Charges bytes before they are made. @throws Exhausted, Heavy */
  make(bytes: number): void {
    this.#take(bytes);
    this.spend(bytes * unitsPerByteMade);
  }

  /** Charges bytes that become part of the output. @throws Exhausted, Heavy */
  keep(bytes: number): void {
    this.#take(bytes);
    this.spend(bytes * unitsPerByteKept);
  }

  /** Marks that the next work takes longer than the event loop may be blocked. @throws Heavy */
  leaveLoop(): void {
    if (this.#inline) throw new Heavy();
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    if (!(this.#bytes <= limits.bytes)) throw new Exhausted("bytes");
  }
}
