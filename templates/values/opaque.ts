import type { Json } from "../../kit/kube/port.ts";
import type { Value } from "./value.ts";

/** A value of a Go type with fields or methods of its own: a time, a version, a certificate. */
export abstract class Opaque {
  /** Go's name of the type, e.g. `time.Time`. */
  abstract readonly type: string;
  /** Go's kind of it: struct or ptr. */
  abstract readonly kind: "struct" | "ptr";

  /** The number of printed characters at most; more if printing or reading it takes longer. */
  abstract readonly size: number;

  /** As `%v` prints it. */
  abstract print(): string;

  /** As Go writes it in JSON. */
  toJson(): Json {
    return this.print();
  }

  /**
   * The field, or the result of the method, with that name; undefined if the type has none.
   * @throws Fault for wrong arguments
   */
  abstract member(name: string, given: readonly Value[]): Value | undefined;
}
