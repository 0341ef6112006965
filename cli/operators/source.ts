import { createHttpSender } from "../../eventing/http/sink/http-sender.ts";
import { HttpSink } from "../../eventing/http/sink/http-sink.ts";
import { ApiSource } from "../../eventing/loop/source.ts";
import { systemClock } from "../../kit/clock.ts";
import { Unavailable } from "../../kit/errors.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import { namesOf } from "../../operator/definition/names.ts";
import { clusterScopedKinds, operatorKinds } from "../../operator/loop/operator-kinds.ts";
import { Memory } from "../../operator/sync/memory.ts";
import type { Terminal } from "../invocation.ts";
import { type LeadOptions, leadOperators } from "./lead-operators.ts";
import { loadOperators } from "./load-operators.ts";

export interface SourceOptions extends LeadOptions {
  readonly sink: URL;
  readonly namespaces: readonly string[] | undefined;
}

const sinkMilliseconds = 75_000;

/**
 * `plugboard operator source`: sends the events of due stages to a sink while this instance leads, until stopped.
 * Returns the exit code.
 * @throws UsageError, CommandFailed
 */
export async function sourceOperators(
  files: readonly string[],
  options: SourceOptions,
  terminal: Terminal,
): Promise<number> {
  const operators = await loadOperators(files);
  const sender = createHttpSender({ timeoutMilliseconds: sinkMilliseconds });
  try {
    await leadOperators(operators, options, terminal, async (operator, { leadership, log, metrics }) => {
      const { kube, signal } = leadership;
      const sink = new HttpSink({
        post: async (message) => {
          if (signal.aborted) throw new Unavailable("this instance is no longer the leader");
          return await sender.post(options.sink, message);
        },
        clock: systemClock,
        random: Math.random,
        tell: (report) => {
          if (report.kind === "not taken") log.warn({ why: report.why }, "the sink does not accept events");
        },
      });
      const source = new ApiSource({
        kube,
        clock: systemClock,
        // The functions decide by the record alone, so that its errors hold whenever a source begins.
        kinds: operatorKinds(operator, {
          memory: new Memory(),
          begunAt: 0,
          clusterScoped: await clusterScopedKinds(operator, kube, options.namespaces),
        }),
        events: namesOf(operator).events,
        sink: sink.send,
        handsOver: true,
        publish: sink.send,
        clusterUid: await readClusterUid(kube),
        namespaces: options.namespaces,
        tell: (report) => metrics.report(operator.name, report),
      });
      source.start();
      return {
        name: operator.name,
        source,
        async stop() {
          await source.stop();
          await sink.stop();
        },
      };
    });
    return 0;
  } finally {
    await sender.close();
  }
}
