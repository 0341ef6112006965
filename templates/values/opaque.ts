import type { Json } from "../../kit/kube/port.ts";
import type { Value } from "./value.ts";

/** A value of a Go type with fields or methods of its own: a time, a version, a certificate. */
export abstract class Opaque {
  /** Go's name of the type, e.g. `time.Time`. */
  abstract readonly type: string;
  /** Go's kind of it: struct or ptr. */
  abstract readonly kind: "struct" | "ptr";

  /** Characters of what it prints, at most; more where printing or asking it takes longer than as many characters. */
  abstract readonly size: number;

  /** As `%v` prints it. */
  abstract print(): string;

  /** As Go writes it in JSON. */
  toJson(): Json {
    return this.print();
  }

  /** The field or the method's answer of that name; undefined where the type has none. @throws Fault on wrong arguments */
  abstract member(name: string, given: readonly Value[]): Value | undefined;
}
