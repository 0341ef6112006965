import { parseArgs } from "node:util";
import { Command } from "commander";
import type { Endpoint, FunctionRequest, RequestHead } from "../../eventing/http/serving/function-endpoint.ts";
import { type EndpointFunction, httpFunction } from "../../eventing/http/serving/function-server.ts";
import { Intake } from "../../eventing/http/serving/intake.ts";
import { guardNextServer } from "../../eventing/http/serving/request-gate.ts";
import { systemClock } from "../../kit/clock.ts";
import { addServe } from "../commands/serve.ts";
import { forgetEmptyVariables } from "../invocation.ts";
import { createLog } from "../operate/log.ts";
import { UsageError } from "../report-failure.ts";
import { openFunctions, type ServeOptions } from "../serve/serve.ts";
import type { FunctionName } from "../serve/served-functions.ts";

const opened = new Map<string, Promise<Endpoint>>();

/**
 * The endpoint of a function in a process whose server is not ours; opened once.
 * The environment configures it, with the variables of `plugboard serve`.
 * @throws UsageError
 */
export function cloudEndpoint(target: string): Promise<Endpoint> {
  const endpoint = opened.get(target) ?? open(target);
  opened.set(target, endpoint);
  return endpoint;
}

/** A function as the Functions Framework loads it. */
export function cloudFunction(name: FunctionName): EndpointFunction {
  return httpFunction(laterEndpoint(() => cloudEndpoint(name)));
}

/**
 * Puts our gate before the server that the framework is about to start.
 * Otherwise the framework would read each body before anything checks the request.
 */
export function guardFramework(): void {
  const { values } = parseArgs({ options: { target: { type: "string" } }, strict: false });
  const target = typeof values.target === "string" ? values.target : process.env["FUNCTION_TARGET"];
  const { admit } = laterEndpoint(() => cloudEndpoint(target ?? ""));
  guardNextServer({ intake: new Intake({ clock: systemClock }), clock: systemClock, admit });
}

/** An endpoint that is opened when it is needed. */
function laterEndpoint(open: () => Promise<Endpoint>): Endpoint {
  const answer = async (request: FunctionRequest) => (await open())(request);
  return Object.assign(answer, { admit: async (head: RequestHead) => (await open()).admit(head) });
}

async function open(target: string): Promise<Endpoint> {
  const options = await settingsOf(target);
  const log = await createLog({ readable: false, level: options.logLevel });
  const { endpoint } = await openFunctions(options, log, systemClock);
  return endpoint;
}

async function settingsOf(target: string): Promise<ServeOptions> {
  forgetEmptyVariables(process.env);
  const settings = Promise.withResolvers<ServeOptions>();
  const program = new Command("functions").exitOverride().configureOutput({
    writeErr: (text) => settings.reject(new UsageError(text.trim().replace(/^error: /, ""))),
  });
  addServe(program, {
    terminal: { stdout: () => {}, stderr: () => {}, signal: new AbortController().signal },
    environment: { readable: false },
    ended: () => {},
    async work(options) {
      settings.resolve(options);
      return 0;
    },
  });
  await program.parseAsync(["serve", target], { from: "user" }).catch(settings.reject);
  return settings.promise;
}
