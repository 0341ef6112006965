import type { HttpFunction } from "@google-cloud/functions-framework";
import { Command } from "commander";
import type { FunctionAnswer, FunctionRequest } from "../eventing/http/function-endpoint.ts";
import { httpFunction } from "../eventing/http/function-server.ts";
import { systemClock } from "../kit/clock.ts";
import { forgetEmptyVariables } from "./environment.ts";
import { createLog } from "./log.ts";
import { openFunctions, type ServeOptions } from "./serve.ts";
import { addServe } from "./serve-commands.ts";
import type { FunctionName } from "./served-functions.ts";
import { UsageError } from "./usage-error.ts";

export type Endpoint = (request: FunctionRequest) => Promise<FunctionAnswer>;

const opened = new Map<string, Promise<Endpoint>>();

/** The endpoint of a function in a process whose server is not ours. It is told how to run by the environment, with the variables of
 * `plugboard serve`, and made once. @throws UsageError */
export function cloudEndpoint(target: string): Promise<Endpoint> {
  const endpoint = opened.get(target) ?? open(target);
  opened.set(target, endpoint);
  return endpoint;
}

/** A function as the Functions Framework loads it. */
export function cloudFunction(name: FunctionName): HttpFunction {
  return httpFunction(async (request) => (await cloudEndpoint(name))(request));
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
    around: { stdout: () => {}, stderr: () => {}, signal: new AbortController().signal },
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
