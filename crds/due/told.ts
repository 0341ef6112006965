import { hash } from "node:crypto";
import type { Told } from "../../kit/loop/kind.ts";
import type { FailureRecord } from "./failure.ts";

/** A short digest of texts. */
export function digest(texts: readonly string[]): string {
  return hash("sha256", JSON.stringify(texts)).slice(0, 12);
}

/** A fact, told of what an object shows. */
export function told<Fact extends string>(fact: Fact, of: object = {}): Told {
  return { fact, of: digest([JSON.stringify(of)]) };
}

/** The fact of a recorded failure, with further fields. A failure that is retried is not a fact. */
export function toldOfFailure<Fact extends string>(fact: Fact, failure: FailureRecord, said: object): Told | undefined {
  return failure.retryAt === undefined ? told(fact, { failure, ...said }) : undefined;
}
