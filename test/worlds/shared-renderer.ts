import { Renderer, type StageRendering } from "../../functions/render-jobs/renderer.ts";

/** Renders, and says when everything that was begun has been rendered. */
class AwaitedRenderer extends Renderer {
  readonly #running = new Set<Promise<unknown>>();

  override begin(namespace: string): StageRendering {
    const rendering = super.begin(namespace);
    const [prepare, run] = [rendering.prepare.bind(rendering), rendering.run.bind(rendering)];
    rendering.prepare = (name, input) => this.#noted(prepare(name, input));
    rendering.run = (name, input) => this.#noted(run(name, input));
    return rendering;
  }

  /** Whether something was on its way; fulfilled once it has been rendered. */
  async rendered(): Promise<boolean> {
    const running = [...this.#running];
    await Promise.allSettled(running);
    return running.length > 0;
  }

  #noted<Result>(pending: Promise<Result>): Promise<Result> {
    const ended = pending.finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    return ended;
  }
}

/**
 * Renders for every process in the worlds of a test file.
 * What it yields does not depend on where it runs.
 * A process that is given none starts a worker of its own, which takes longer than a whole life and ends a minute later.
 */
export const sharedRenderer: AwaitedRenderer = new AwaitedRenderer();
