import { joinBytes } from "../../kit/encoding/bytes.ts";
import type { Laid } from "../values/laid.ts";
import { surfaceOf } from "../values/size.ts";
import type { Bounds } from "./bounds.ts";

/** Where a printed value comes from: the template's action, and whether something sensitive was read for it. */
export interface Origin {
  readonly at: number;
  readonly sensitive: boolean;
  /** Whether it is made of something sensitive, and not only there because of it. */
  readonly madeOf: boolean;
  /** The expression whose value is not there; absent where there was one. */
  readonly missing?: string | undefined;
}

/** A print of what is not there. */
export interface MissingPrint {
  readonly expression: string;
  /** Where it stands in the template. */
  readonly at: number;
}

/** Where a rendering writes. */
export interface Sink {
  /** The author's own text, and where it stands in the template. */
  literal(text: string, at: number): void;
  /** A printed value: its text, or the laid-out text it is. */
  value(printed: string | Laid, origin: Origin): void;
  /** What follows is made because of something sensitive. */
  enterSensitive(): void;
  leaveSensitive(): void;
}

/** Collects plain text, in which a value is its text. */
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

  /** All of it. */
  printed(): string {
    return joinBytes(this.text);
  }
}
