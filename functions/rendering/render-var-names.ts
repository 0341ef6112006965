import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { InvalidInput } from "../../kit/errors.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import { type Memory, type RenderedText, renderText, type TemplateData } from "../../templates/template.ts";
import type { Side } from "./values.ts";

export interface VarsInput {
  readonly owner: Plug | Socket;
  readonly side: Side;
  readonly field: "vars" | "resultVars";
  readonly data: TemplateData;
  readonly memory: Memory;
}

/** The object that a var names; either part may be absent. */
export interface VarTarget {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** Renders the names of the objects that vars read, in a job that counts for the budget of the stage. */
export interface VarRendering {
  prepare(job: "renderVars", input: VarsInput): Promise<readonly VarTarget[]>;
}

/**
 * Renders the names of the objects that vars read, in their order.
 * Pure.
 * @throws TemplateError, TooLarge; InvalidInput if a part of a name has no value
 */
export function renderVars({ owner, side, field, data, memory }: VarsInput, budget: Budget): readonly VarTarget[] {
  const engine = owner.spec.engine ?? "go";
  return (owner.spec[field] ?? []).map(({ objref }, index) => {
    const place = `${side} spec.${field}[${index}].objref`;
    const render = (text: string | undefined, name: string): string | undefined =>
      text === undefined
        ? undefined
        : presentText(renderText(text, { data, memory, engine, budget, place: `${place}.${name}` }));
    return {
      name: render(objref.templateName, "templateName") ?? objref.name,
      namespace: render(objref.templateNamespace, "templateNamespace") ?? objref.namespace,
    };
  });
}

function presentText({ text, missing: [missing] }: RenderedText): string {
  if (missing === undefined) return text;
  throw new InvalidInput(
    `${missing.place}: names an object with ${missing.expression}, which has no value. Give the value, or print a default`,
  );
}
