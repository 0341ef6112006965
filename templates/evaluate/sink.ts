import { printable } from "../values/bytes.ts";
import type { Laid } from "../values/laid.ts";
import { surfaceOf } from "../values/size.ts";
import type { Bounds } from "./bounds.ts";

/** Where a printed value comes from: the template's action, and whether something sensitive was read for it. */
export interface Origin {
  readonly at: number;
  readonly sensitive: boolean;
  /** Whether it is made of something sensitive, and not only there because of it. */
  readonly madeOf: boolean;
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
  readonly #bounds: Bounds;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  literal(text: string): void {
    this.#bounds.print(text.length);
    this.text += text;
  }

  value(printed: string | Laid, { sensitive, madeOf }: Origin): void {
    this.#bounds.print(surfaceOf(printed));
    this.text += typeof printed === "string" ? printed : printed.text;
    if (sensitive) this.sensitive = true;
    if (madeOf) this.madeOf = true;
  }

  enterSensitive(): void {
    this.sensitive = true;
  }

  leaveSensitive(): void {}

  /** All of it, as it may leave the rendering. */
  printed(): string {
    return printable(this.text);
  }
}
