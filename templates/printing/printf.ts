import type { Call } from "../evaluate/rendering.ts";
import { typeOf } from "../values/kind.ts";
import { weigh } from "../values/size.ts";
import { Int, type Value } from "../values/value.ts";
import { formatValue, show } from "./format.ts";
import type { Spec } from "./verbs.ts";

const verbs = /%([+\-# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d*))?(?:\[(\d+)\])?([\s\S]|$)/uy;
const widest = 1_000_000;

/** Go's Sprintf: replaces each verb of the format by its operand. */
export function printf(format: string, operands: readonly Value[], call: Call): string {
  return new Printer(operands, call).print(format);
}

class Printer {
  readonly #operands: readonly Value[];
  readonly #call: Call;
  #next = 0;
  #reordered = false;

  constructor(operands: readonly Value[], call: Call) {
    this.#operands = operands;
    this.#call = call;
  }

  print(format: string): string {
    let printed = "";
    for (let at = 0; at < format.length; ) {
      const percent = format.indexOf("%", at);
      printed += format.slice(at, percent < 0 ? format.length : percent);
      if (percent < 0) break;
      verbs.lastIndex = percent;
      const found = verbs.exec(format);
      const piece = found === null ? "%!(NOVERB)" : this.#verb(found);
      this.#call.bounds.make(piece.length);
      printed += piece;
      at = found === null ? format.length : verbs.lastIndex;
    }
    const extra = this.#extra();
    this.#call.bounds.make(extra.length);
    return printed + extra;
  }

  #verb([, flags = "", first, width, second, precision, third, verb = ""]: RegExpExecArray): string {
    const widthSize = this.#size(width, first);
    const precisionSize =
      precision === undefined ? undefined : (this.#size(precision, second) ?? (precision === "*" ? undefined : 0));
    this.#seek(third ?? (width === undefined && precision === undefined ? first : undefined));
    if (verb === "") return "%!(NOVERB)";
    if (verb === "%") return "%";
    const badWidth = width === "*" && widthSize === undefined ? "%!(BADWIDTH)" : "";
    const badPrecision = precision === "*" && !isSize(precisionSize) ? "%!(BADPREC)" : "";
    return badWidth + badPrecision + this.#operand(specOf(flags, widthSize, precisionSize, verb));
  }

  #operand(spec: Spec): string {
    const operand = this.#operands[this.#next];
    if (this.#next < 0) return this.#badIndex(spec.verb);
    if (operand === undefined) return this.#reordered ? this.#badIndex(spec.verb) : `%!${spec.verb}(MISSING)`;
    this.#next += 1;
    this.#charge(operand, (spec.width ?? 0) + (spec.precision ?? 0));
    return formatValue(operand, spec, this.#call);
  }

  /** A character of an operand can become six characters, and an operand can be written many times. */
  #charge(operand: Value, padding: number): void {
    const { bounds } = this.#call;
    bounds.spend((6 * weigh(operand, bounds)) / 16);
    bounds.make(padding);
  }

  #badIndex(verb: string): string {
    this.#next = Math.max(0, this.#next);
    return `%!${verb}(BADINDEX)`;
  }

  #seek(index: string | undefined): void {
    if (index === undefined) return;
    const number = Number(index);
    this.#reordered = true;
    this.#next = number >= 1 && number <= this.#operands.length ? number - 1 : -1;
  }

  #size(written: string | undefined, index: string | undefined): number | undefined {
    if (written === undefined || written === "") return undefined;
    if (written !== "*") return Math.min(Number(written), widest);
    this.#seek(index);
    const operand = this.#operands[this.#next];
    this.#next += 1;
    const plain = operand === undefined ? undefined : this.#call.open(operand);
    return plain instanceof Int ? Math.min(Number(plain.value), widest) : undefined;
  }

  #extra(): string {
    if (this.#reordered || this.#next >= this.#operands.length) return "";
    const left = this.#operands.slice(Math.max(0, this.#next)).map((value) => this.#described(value));
    return `%!(EXTRA ${left.join(", ")})`;
  }

  #described(value: Value): string {
    this.#charge(value, 0);
    const plain = this.#call.open(value);
    return plain === null ? "<nil>" : `${typeOf(plain)}=${show(plain, this.#call)}`;
  }
}

function isSize(size: number | undefined): boolean {
  return size !== undefined && size >= 0;
}

function specOf(flags: string, width: number | undefined, precision: number | undefined, verb: string): Spec {
  const minus = flags.includes("-") || (width !== undefined && width < 0);
  return {
    verb,
    plus: flags.includes("+"),
    minus,
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    zero: flags.includes("0") && !minus,
    width: width === undefined ? undefined : Math.abs(width),
    precision: precision === undefined || precision < 0 ? undefined : precision,
  };
}
