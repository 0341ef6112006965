import type { Engine, MissingValues } from "../../../templates/template.ts";
import type { Terminal } from "../../invocation.ts";
import { UsageError } from "../../report-failure.ts";

export interface RenderOptions {
  readonly paths: readonly string[] | undefined;
  readonly plug: string | undefined;
  readonly showSensitive: boolean;
  readonly template: string | undefined;
  readonly data: string | undefined;
  readonly engine: Engine;
  /** What templates do with missing values, unless the plug, the socket or its named interface decides. */
  readonly missingValues: MissingValues;
}

/**
 * `plugboard render`: prints what couplings in files render, or one template. Returns the exit code.
 * @throws UsageError, TemplateError
 */
export async function render(options: RenderOptions, terminal: Terminal): Promise<number> {
  const { paths, plug, showSensitive, template, data, engine, missingValues } = options;
  if ((paths === undefined) === (template === undefined))
    throw new UsageError("nothing to render: add -f FILE... for couplings, or --template FILE for one template");
  if (paths !== undefined) {
    const { renderFiles } = await import("./files.ts");
    return renderFiles({ paths, plug, showSensitive, missingValues }, terminal);
  }
  if (template === undefined) return 0;
  const { renderTemplate } = await import("./template.ts");
  const text = renderTemplate({ template, data, engine, missingValues });
  terminal.stdout(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}
