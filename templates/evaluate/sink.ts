import { joinBytes } from "../../kit/encoding/bytes.ts";
import type { Laid } from "../values/laid.ts";
import { surfaceOf } from "../values/size.ts";
import type { Bounds } from "./bounds.ts";

/** The origin of a printed value: the template's action, and whether it read a sensitive value. */
export interface Origin {
  readonly at: number;
  readonly sensitive: boolean;
  /** Whether it contains a sensitive value, and does not merely depend on one. */
  readonly madeOf: boolean;
  /** The expression that has no value; absent if it had one. */
  readonly missing?: string | undefined;
}

/** A print of an expression that has no value. */
export interface MissingPrint {
  readonly expression: string;
  /** Its offset in the template. */
  readonly at: number;
}

/** The output of a rendering. */
export interface Sink {
  /** The author's own text, and its offset in the template. */
  literal(text: string, at: number): void;
  /** A printed value: its text, or a laid-out text. */
  value(printed: string | Laid, origin: Origin): void;
  /** The following output depends on a sensitive value. */
  enterSensitive(): void;
  leaveSensitive(): void;
}

/** Collects plain text. Values are written as text. */
export class TextSink implements Sink {
  text = "";
  sensitive = false;
  madeOf = false;
  readonly missing: MissingPrint[] = [];
  readonly #bounds: Bounds;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  literal(text: string): void {
    this.#bounds.print(text.length);
    this.text += text;
  }

  value(printed: string | Laid, { sensitive, madeOf, missing, at }: Origin): void {
    if (missing !== undefined) this.missing.push({ expression: missing, at });
    this.#bounds.print(surfaceOf(printed));
    this.text += typeof printed === "string" ? printed : printed.text;
    if (sensitive) this.sensitive = true;
    if (madeOf) this.madeOf = true;
  }

  enterSensitive(): void {
    this.sensitive = true;
  }

  leaveSensitive(): void {}

  /** The whole text. */
  printed(): string {
    return joinBytes(this.text);
  }
}
