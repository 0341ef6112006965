import type { StageName } from "../crds/stage-names.ts";
import type { Need } from "./need.ts";

/** What to ask for although nothing is seen to be due: of what no watch shows, only the functions can tell. */
export class Suspicions {
  readonly #stagesOf: (key: string) => readonly StageName[];
  readonly #left = new Map<string, readonly StageName[] | undefined>();

  /** `stagesOf` names the stages that would find what no watch shows. */
  constructor(stagesOf: (key: string) => readonly StageName[]) {
    this.#stagesOf = stagesOf;
  }

  suspect(key: string): void {
    this.#left.set(key, undefined);
  }

  forget(key: string): void {
    this.#left.delete(key);
  }

  /** The next stage to ask a suspect for, each once. */
  next(key: string): Need | undefined {
    if (!this.#left.has(key)) return undefined;
    const [stage, ...rest] = this.#left.get(key) ?? this.#stagesOf(key);
    if (rest.length > 0) this.#left.set(key, rest);
    else this.#left.delete(key);
    return stage === undefined ? undefined : { stage, inputs: "suspicion", once: true };
  }
}
