import { shared } from "../../kit/shared.ts";
import type { Spent } from "../../templates/evaluate/budget.ts";
import type { JobInput, JobName, JobResult, Rendered } from "./render-jobs.ts";
import type { RenderThread, RenderThreadOptions } from "./render-thread.ts";

// Most stages render nothing, so the template language is loaded at its first use.
const loadJobs = shared(() => import("./render-jobs.ts"));

const nothing: Spent = { units: 0, bytes: 0 };

export interface RendererOptions extends RenderThreadOptions {
  /** Called with the work that each rendering used, including the renderings it depends on. */
  readonly spent?: ((spent: Spent) => void) | undefined;
}

/**
 * Renders for the stages of a process.
 * Short work runs at once; longer work starts again, with the whole budget, in the one worker of the process.
 * The worker is started when it is first needed.
 * The output does not depend on where it runs.
 */
export class Renderer implements AsyncDisposable {
  readonly #options: RendererOptions;
  #thread: Promise<RenderThread> | undefined;

  constructor(options: RendererOptions = {}) {
    this.#options = options;
  }

  /** The renderings of one stage, for an owner in the namespace. */
  begin(namespace: string): StageRendering {
    return new StageRendering(async (name, input, spent) => {
      const rendered = await this.#render(name, input, { namespace, spent });
      this.#options.spent?.(rendered.spent);
      return rendered;
    });
  }

  /** @throws TemplateError, TooLarge, InvalidInput, RenderTimeout */
  async #render<Name extends JobName>(
    name: Name,
    input: JobInput<Name>,
    { namespace, spent }: { readonly namespace: string; readonly spent: Spent },
  ): Promise<Rendered<JobResult<Name>>> {
    const { doJobInline } = await loadJobs();
    const here = await doJobInline(name, input, spent);
    if (here !== undefined) return here;
    this.#thread ??= import("./render-thread.ts").then(({ RenderThread }) => new RenderThread(this.#options));
    const thread = await this.#thread;
    const done = await thread.send({ name, input, spent }, namespace);
    // The worker ran the job of that name, so its answer has the type of that job.
    return { value: done.value as JobResult<Name>, spent: done.spent };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#thread)?.[Symbol.asyncDispose]();
  }
}

type Render = <Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  spent: Spent,
) => Promise<Rendered<JobResult<Name>>>;

/** All renderings of one stage, within one budget. */
export class StageRendering {
  readonly #render: Render;
  #spent: Spent = nothing;

  constructor(render: Render) {
    this.#render = render;
  }

  /**
   * Renders values that later renderings of the stage read.
   * Their work counts for each of those.
   * @throws TemplateError, TooLarge, InvalidInput, RenderTimeout
   */
  async prepare<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobResult<Name>> {
    const { value, spent } = await this.#render(name, input, nothing);
    this.#spent = { units: this.#spent.units + spent.units, bytes: this.#spent.bytes + spent.bytes };
    return value;
  }

  /**
   * Renders.
   * A stage that renders the same again, at another time or with stored keys, gets the same budget again.
   * @throws TemplateError, TooLarge, InvalidInput, RenderTimeout
   */
  async run<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobResult<Name>> {
    return (await this.#render(name, input, this.#spent)).value;
  }
}
