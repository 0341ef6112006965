import { shared } from "../../kit/shared.ts";
import type { Spent } from "../../templates/evaluate/budget.ts";
import type { JobInput, JobName, JobResult, Rendered } from "./render-jobs.ts";
import type { RenderThread, RenderThreadOptions } from "./render-thread.ts";

// Most stages render nothing, and the template language need not be loaded.
const loadJobs = shared(() => import("./render-jobs.ts"));

const nothing: Spent = { units: 0, bytes: 0 };

export interface RendererOptions extends RenderThreadOptions {
  /** Told of what each rendering, with what was rendered for it, has used up. */
  readonly spent?: ((spent: Spent) => void) | undefined;
}

/**
 * Renders for the stages of a process: at once where it takes little, else anew, with the whole budget, in the one worker of the process, which
 * is started when it is first needed. Which of the two makes no difference to what comes out.
 */
export class Renderer implements AsyncDisposable {
  readonly #options: RendererOptions;
  #thread: Promise<RenderThread> | undefined;

  constructor(options: RendererOptions = {}) {
    this.#options = options;
  }

  /** What one stage renders, for an owner in the namespace. */
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
    // The worker did the job of that name, so what it answers is what the job makes.
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

/** All that one stage renders, out of one budget. */
export class StageRendering {
  readonly #render: Render;
  #spent: Spent = nothing;

  constructor(render: Render) {
    this.#render = render;
  }

  /** Renders what later renderings of the stage read: it counts as a part of each of them. @throws TemplateError, TooLarge, InvalidInput, RenderTimeout */
  async prepare<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobResult<Name>> {
    const { value, spent } = await this.#render(name, input, nothing);
    this.#spent = { units: this.#spent.units + spent.units, bytes: this.#spent.bytes + spent.bytes };
    return value;
  }

  /** Renders; once more with the same budget where a stage renders the same at another time, or with what was kept. @throws TemplateError, TooLarge, InvalidInput, RenderTimeout */
  async run<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobResult<Name>> {
    return (await this.#render(name, input, this.#spent)).value;
  }
}
