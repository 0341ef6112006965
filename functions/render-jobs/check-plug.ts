import { oversizedOwner } from "../../crds/coupling/sizes.ts";
import { malformedOwner, type Said, specTooLarge } from "../../crds/messages.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import { checkObject, checkText, TemplateError, type TemplateProblem } from "../../templates/template.ts";
import { textsIn } from "./spec-templates.ts";

/** The problem in a plug's or socket's own text, independent of the other side; undefined if there is none. */
export type WrittenWrong = Said;

/**
 * Checks everything that can be checked when a plug is written: its fields have valid values, it is not too large, and
 * its templates parse.
 * Pure.
 */
export function checkPlug(plug: Plug, budget: Budget): WrittenWrong | undefined {
  return malformedness(plug) ?? oversize(plug) ?? checkTemplates(plug, budget);
}

/** The fields of which values were left out because they do not match the schema. */
export function malformedness({ kind, metadata }: Plug | Socket): WrittenWrong | undefined {
  if (metadata.problems === undefined) return undefined;
  return malformedOwner(kind.toLowerCase(), metadata.problems);
}

/** The limits of size that the spec exceeds. */
export function oversize(owner: Plug | Socket): WrittenWrong | undefined {
  const problems = oversizedOwner(owner);
  return problems.length === 0 ? undefined : specTooLarge(`The ${owner.kind.toLowerCase()}`, problems);
}

/** Why the templates of a plug or socket are invalid; undefined if they are valid. Pure. */
export function checkTemplates(owner: Plug | Socket, budget: Budget): WrittenWrong | undefined {
  try {
    const [first, ...more] = problemsIn(owner, budget);
    if (first === undefined) return undefined;
    return { reason: "TemplateError", message: new TemplateError([first, ...more]).message };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { reason: "TemplateError", message: error.message };
  }
}

function problemsIn(owner: Plug | Socket, budget: Budget): readonly TemplateProblem[] {
  return [...textsIn(owner)].flatMap(({ template, ...where }) =>
    typeof template === "string"
      ? checkText(template, { ...where, budget })
      : checkObject(template, { ...where, budget }),
  );
}
