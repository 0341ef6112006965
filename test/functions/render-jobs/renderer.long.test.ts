import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { doJob } from "../../../functions/render-jobs/render-jobs.ts";
import { failureAsData } from "../../../functions/render-jobs/render-messages.ts";
import { RenderThread, RenderTimeout } from "../../../functions/render-jobs/render-thread.ts";
import { Renderer } from "../../../functions/render-jobs/renderer.ts";
import { TooLarge } from "../../../kit/errors.ts";
import { Budget, Heavy } from "../../../templates/evaluate/budget.ts";
import { TemplateError } from "../../../templates/problems.ts";
import { newPlug, socketThere } from "../../crds/decision/situations.ts";
import { cases } from "../../templates/hostile/fuzz.ts";
import { afterEachTest } from "../../worlds/after-each-test.ts";

const nothing = { units: 0, bytes: 0 };
const noSources = { configMap: undefined, secret: undefined };
const noInputs = { data: noSources, config: noSources, vars: {} };

function input(configTemplate: { readonly [key: string]: string }, config: { readonly [key: string]: string } = {}) {
  const memory = { now: new Date("2024-03-01T12:00:00Z"), seed: "a seed", kept: new Map<string, string>() };
  const inputs = { plug: noInputs, socket: noInputs };
  return {
    plug: newPlug({ spec: { configTemplate, data: config } }),
    socket: socketThere({}),
    inputs,
    memory,
  };
}

function thread(options: ConstructorParameters<typeof RenderThread>[0] = {}): RenderThread {
  const made = new RenderThread(options);
  afterEachTest(() => made[Symbol.asyncDispose]());
  return made;
}

function renderer(options: ConstructorParameters<typeof Renderer>[0] = {}): Renderer {
  const made = new Renderer(options);
  afterEachTest(() => made[Symbol.asyncDispose]());
  return made;
}

/** A template that takes more than the event loop is held for, and not much more. */
const heavy = '{% $t := repeat 1000000 "x" %}{% len $t %}';
const resolve = (template: string) => input({ x: template });

describe("what a stage renders", () => {
  test("comes out the same on the event loop and in the worker, whatever the template", async () => {
    const worker = thread();
    const outcome = (work: Promise<unknown>) => work.catch((error: unknown) => failureAsData(error));
    await fc.assert(
      fc.asyncProperty(cases, async ({ template, values, engine }) => {
        const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
        const given = input({ x: template }, config);
        const job = { ...given, plug: { ...given.plug, spec: { ...given.plug.spec, engine } } };
        const [here, there] = await Promise.all([
          outcome(doJob("resolveOutcome", job, new Budget())),
          outcome(worker.send({ name: "resolveOutcome", input: job, spent: nothing }, "a").then(({ value }) => value)),
        ]);
        expect(there).toEqual(here);
      }),
      { numRuns: 500 },
    );
  });

  test("that takes little starts no worker", async () => {
    const budget = new Budget(nothing, "inline");
    await doJob("resolveOutcome", resolve("{% .plug.metadata.name %}"), budget);
    expect(budget.spent.units).toBeLessThan(200);
  });

  test.each([
    ["much work", heavy],
    ["a key of any type", '{% genPrivateKey "ed25519" | len %}'],
    ["a certificate", '{% (genCA "a" 1).Cert | len %}'],
    ["a password hash", '{% bcrypt "a" | len %}'],
  ])("is left to the worker where it is %s", async (_, template) => {
    await expect(doJob("resolveOutcome", resolve(template), new Budget(nothing, "inline"))).rejects.toThrow(Heavy);
    const resolved = await renderer().begin("a").run("resolveOutcome", resolve(template));
    expect(resolved).toMatchObject({ kind: "resolved" });
  });

  test("has one budget, for all its templates together", async () => {
    const half = "{% range 600000 %}{% end %}";
    const rendering = renderer().begin("a");
    await expect(rendering.run("resolveOutcome", input({ a: half }))).resolves.toMatchObject({ kind: "resolved" });
    await expect(rendering.run("resolveOutcome", input({ a: half, b: half, c: half, d: half }))).rejects.toThrow(
      TemplateError,
    );
    const large = '{% repeat 1000000 "x" %}';
    const keys = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, large]));
    await expect(rendering.run("resolveOutcome", input(keys))).rejects.toThrow(TooLarge);
  });

  test("counts what it read its inputs with", async () => {
    const rendering = renderer().begin("a");
    const plug = newPlug({
      spec: {
        vars: [{ name: "v", objref: { kind: "Secret", templateName: `{% range 1100000 %}{% end %}a` } }],
      },
    });
    const { memory } = resolve("");
    const vars = { owner: plug, side: "plug", field: "vars", data: { values: {}, sensitive: [] }, memory } as const;
    await rendering.prepare("renderVars", vars);
    const much = "{% range 1100000 %}{% end %}";
    await expect(renderer().begin("a").run("resolveOutcome", resolve(much))).resolves.toBeDefined();
    await expect(rendering.run("resolveOutcome", input({ a: much }))).rejects.toThrow("units of work");
  });

  test("that runs into the wall is tried again by whoever asked, and the next is rendered", async () => {
    let walls = 0;
    const worker = thread({ wallMilliseconds: 1, timedOut: () => (walls += 1) });
    const order = { name: "resolveOutcome", input: resolve(heavy), spent: nothing } as const;
    const failure: unknown = await worker.send(order, "a").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RenderTimeout);
    expect(failure).toMatchObject({ retryable: true });
    expect(walls).toBe(1);
    await expect(renderer().begin("a").run("resolveOutcome", resolve(heavy))).resolves.toBeDefined();
  });

  test("waits for no more than one of each other namespace", async () => {
    const worker = thread();
    const done: string[] = [];
    const ask = async (namespace: string): Promise<void> => {
      await worker.send({ name: "resolveOutcome", input: resolve("a"), spent: nothing }, namespace);
      done.push(namespace);
    };
    await Promise.all([ask("crowd"), ask("crowd"), ask("crowd"), ask("crowd"), ask("alone")]);
    expect(done.indexOf("alone")).toBeLessThanOrEqual(2);
  });
});
