import { randomUUID } from "node:crypto";
import { createEndpoint, type EventFunction } from "../../eventing/http/serving/function-endpoint.ts";
import { createFunctionServer, httpFunction } from "../../eventing/http/serving/function-server.ts";
import { stageEventFunction } from "../../eventing/http/serving/stage-function.ts";
import { systemClock } from "../../kit/clock.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import { namesOf } from "../../operator/definition/names.ts";
import type { Operator } from "../../operator/operator.ts";
import { Memory } from "../../operator/sync/memory.ts";
import { syncFunction } from "../../operator/sync/sync.ts";
import { type ClusterOptions, connect } from "../cluster/connect.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { listen, portOf } from "../operate/listen.ts";
import { createLog, logBug } from "../operate/log.ts";
import { UsageError } from "../report-failure.ts";
import { loadOperators } from "./load-operators.ts";

export interface ServeOptions extends ClusterOptions {
  /** The name of an operator, or of one of its stages (`-` for the dot); absent: all operators of the files. */
  readonly target: string | undefined;
  readonly port: number;
  readonly host: string | undefined;
  readonly logLevel: string;
  readonly readable: boolean;
}

/**
 * `plugboard operator serve`: answers the CloudEvents of operators over HTTP until stopped. Returns the exit code.
 * @throws UsageError
 */
export async function serveOperators(
  files: readonly string[],
  options: ServeOptions,
  { signal }: Terminal,
): Promise<number> {
  const operators = await loadOperators(files);
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const { kube } = await connect(options);
  const functions = operators
    .flatMap((operator) => functionsOf(operator, kube, (error, stage) => logBug(log, error, stage)))
    .filter(({ name }) => isTarget(name, options.target));
  if (functions.length === 0)
    throw new UsageError(
      `there is no function ${options.target}: name an operator (${operators.map(({ name }) => name).join(", ")}) or a stage, such as ${operators[0]?.name}-sync`,
    );
  try {
    const served = createFunctionServer({
      function: httpFunction(createEndpoint({ functions, clock: systemClock, tell: () => {} })),
      clock: systemClock,
      unready: () => reach(kube, operators),
    });
    await listen(
      served.server,
      options,
      (why, cause) =>
        new UsageError(`cannot listen on port ${options.port} (${why}); choose another with --port`, cause),
    );
    log.info({ functions: functions.map(({ name }) => name), port: portOf(served.server) }, "serving");
    await aborted(signal);
    await served.drain();
    return 0;
  } finally {
    await kube.close();
  }
}

/** The functions of an operator, by the events of its stages. */
export function functionsOf(
  operator: Operator,
  kube: Kube,
  unexpected: (error: unknown, stage: string) => void,
): readonly EventFunction[] {
  const { events, stages } = namesOf(operator);
  const instance = randomUUID();
  let calls = 0;
  const memory = new Memory();
  // Each call has its own holder: two calls in a process may be for the same parent.
  const run: ReturnType<typeof syncFunction> = (request) => {
    calls += 1;
    const holder = `${operator.name}_${instance}.${calls}`;
    const options = {
      kube,
      clock: systemClock,
      holder,
      voidHolders: [],
      memory,
      notes: "record",
      begunAt: 0,
      unexpected,
    } as const;
    return syncFunction(operator, options)(request);
  };
  return Object.values(stages).map((stage) => stageEventFunction(stage, run, { events, clock: systemClock }));
}

function isTarget(name: string, target: string | undefined): boolean {
  if (target === undefined) return true;
  return name === target || name.replace(".", "-") === target || name.slice(0, name.lastIndexOf(".")) === target;
}

async function reach(kube: Kube, operators: readonly Operator[]): Promise<string | undefined> {
  try {
    for (const { parent } of operators) await kube.served(parent);
    return undefined;
  } catch (error) {
    return tellThrown(error);
  }
}
