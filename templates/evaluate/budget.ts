/** The most that all that one stage renders may take. Constants: whether a rendering is refused depends on its text and data alone. */
export const limits: { readonly units: number; readonly inlineUnits: number; readonly bytes: number } = {
  /** Units of work; about a microsecond each. */
  units: 2_000_000,
  /** Units that are spent on the event loop; what takes more is begun anew in the worker. */
  inlineUnits: 20_000,
  /** Bytes of all that is made on the way and kept. */
  bytes: 16 * 1024 * 1024,
};

/** What of a budget has been used up. */
export interface Spent {
  readonly units: number;
  readonly bytes: number;
}

const nothing: Spent = { units: 0, bytes: 0 };
const unitsPerByteMade = 1 / 32;
const unitsPerByteKept = 1 / 16;

/** What is done to say what failed, also when nothing is left. */
const littleUnits = 500;

/** There is not enough of one thing left. No `Fault`: nothing that is lenient with faults goes on after it. */
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

/** The work may not be done on the event loop: it is begun anew in the worker. */
export class Heavy extends Error {
  override readonly name = "Heavy";
}

/** What all that one stage renders may use up: work, and bytes made and kept. Everything is charged before it is done. */
export class Budget {
  readonly #inline: boolean;
  #units: number;
  #bytes: number;

  /** `spent`: what the stage has used up before. */
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

  /** Charges work that may be left undone; false where there is not enough left for it, unless it is little. @throws Heavy */
  affords(units: number): boolean {
    if (this.#units + units > limits.units) return units <= littleUnits;
    this.spend(units);
    return true;
  }

  /** Charges the making of so many bytes. @throws Exhausted, Heavy */
  make(bytes: number): void {
    this.#take(bytes);
    this.spend(bytes * unitsPerByteMade);
  }

  /** Charges bytes that become a part of the outcome. @throws Exhausted, Heavy */
  keep(bytes: number): void {
    this.#take(bytes);
    this.spend(bytes * unitsPerByteKept);
  }

  /** What follows takes longer than the event loop may be held. @throws Heavy */
  leaveLoop(): void {
    if (this.#inline) throw new Heavy();
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    if (!(this.#bytes <= limits.bytes)) throw new Exhausted("bytes");
  }
}
