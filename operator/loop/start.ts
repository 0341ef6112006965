import { InProcessBroker } from "../../eventing/broker/broker.ts";
import type { Serverless } from "../../eventing/broker/serverless.ts";
import type { StageEvent } from "../../eventing/cloud-events.ts";
import { ApiSource } from "../../eventing/loop/source.ts";
import type { ApiSourceOptions } from "../../eventing/loop/source-options.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import { namesOf } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { Memory } from "../sync/memory.ts";
import { syncFunction } from "../sync/sync.ts";
import type { SyncOptions } from "../sync/sync-run.ts";
import { clusterScopedKinds, operatorKinds } from "./operator-kinds.ts";

export interface StartOptions
  extends Pick<SyncOptions, "kube" | "clock" | "holder" | "unexpected" | "synced">,
    Pick<ApiSourceOptions, "namespaces" | "resyncMilliseconds" | "tell" | "caughtUp" | "random" | "slots"> {
  /** Called for each event before it is delivered. */
  readonly sent?: ((event: StageEvent) => void) | undefined;
  /** The previous leader: its claims are void at once. */
  readonly formerHolder?: string | undefined;
}

/** An operator at work in this process. */
export interface RunningOperator {
  readonly operator: Operator;
  readonly source: ApiSource;
  readonly memory: Memory;
  /** Requests nothing more, and waits for the syncs that run. */
  stop(): Promise<void>;
}

/** Starts an operator on a cluster. Two such processes on one cluster do no harm. */
export async function startOperator(operator: Operator, options: StartOptions): Promise<RunningOperator> {
  const { kube, clock, holder, formerHolder, unexpected, sent = () => {} } = options;
  const { events } = namesOf(operator);
  const memory = new Memory();
  const begunAt = clock.now();
  const voidHolders = [holder, ...(formerHolder === undefined ? [] : [formerHolder])];
  const sync = syncFunction(operator, { ...options, memory, voidHolders, notes: "memory", begunAt });
  const broker = new InProcessBroker({
    events,
    serverless: serverlessOf(operator),
    functions: new Map([[operator.name, sync]]),
    clock,
    failed: (error, event) => unexpected(error, event.type),
  });
  const source = new ApiSource({
    ...options,
    kinds: operatorKinds(operator, {
      memory,
      begunAt,
      clusterScoped: await clusterScopedKinds(operator, kube, options.namespaces),
    }),
    events,
    sink: (event) => {
      sent(event);
      return broker.publish(event);
    },
    clusterUid: await readClusterUid(kube),
    voidHolders,
  });
  source.start();
  return {
    operator,
    source,
    memory,
    async stop() {
      await source.stop();
      await broker.stop();
    },
  };
}

/** The function of an operator, and the events that trigger it. */
export function serverlessOf(operator: Operator): Serverless {
  const { events } = namesOf(operator);
  const delivery = { retry: 0, backoffPolicy: "exponential", backoffMilliseconds: 0 } as const;
  return {
    service: operator.name,
    functions: [
      {
        name: operator.name,
        handler: "operator/sync/sync.syncFunction",
        timeoutSeconds: 60,
        triggers: Object.keys(events.kindOfStage).map((stage) => ({
          filters: [{ exact: { type: `${events.typePrefix}${stage}` } }],
          delivery,
        })),
      },
    ],
  };
}
