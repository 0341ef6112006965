import { InvalidInput, TooLarge } from "../../kit/errors.ts";
import type { Spent } from "../../templates/evaluate/budget.ts";
import { TemplateError, type TemplateProblem } from "../../templates/problems.ts";
import type { JobInput, JobName } from "./render-jobs.ts";

/** A request to a worker. */
export interface RenderOrder {
  readonly name: JobName;
  readonly input: JobInput<JobName>;
  readonly spent: Spent;
}

/** The answer of a worker. */
export type RenderAnswer =
  | { readonly kind: "done"; readonly value: unknown; readonly spent: Spent }
  | { readonly kind: "failed"; readonly failure: FailureData };

/** An error without its class, which cannot be sent between threads. */
export type FailureData =
  | { readonly name: "TemplateError"; readonly problems: readonly TemplateProblem[] }
  | { readonly name: "TooLarge" | "InvalidInput"; readonly message: string }
  | { readonly name: "unexpected"; readonly message: string; readonly stack: string | undefined };

/** The failure as data that can be sent. */
export function failureAsData(error: unknown): FailureData {
  if (error instanceof TemplateError) return { name: "TemplateError", problems: error.problems };
  if (error instanceof TooLarge || error instanceof InvalidInput) return { name: error.name, message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name: "unexpected", message, stack };
}

/** The failure as it was thrown. */
export function failureFromData(failure: FailureData): Error {
  switch (failure.name) {
    case "TemplateError":
      return templateError(failure.problems);
    case "TooLarge":
      return new TooLarge(failure.message);
    case "InvalidInput":
      return new InvalidInput(failure.message);
    case "unexpected":
      return Object.assign(new Error(failure.message), { stack: failure.stack });
  }
}

function templateError([first, ...more]: readonly TemplateProblem[]): Error {
  return first === undefined ? new Error("a template error without a problem") : new TemplateError([first, ...more]);
}
