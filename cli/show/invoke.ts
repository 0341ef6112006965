import { readFileSync } from "node:fs";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { eventFormat, type StageName, type StageReply, type StageRequest, stageNames } from "../../crds/stage-names.ts";
import { parseStageRequest } from "../../eventing/cloud-events.ts";
import { SnapshotStore } from "../../functions/snapshot/store.ts";
import type { StageContext } from "../../functions/stage.ts";
import { loadStage } from "../../functions/stages.ts";
import { systemClock } from "../../kit/clock.ts";
import { InvalidInput } from "../../kit/errors.ts";
import { readOnly } from "../../kit/kube/intercept.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import type { ClusterOptions } from "../cluster/connect.ts";
import { stageContext } from "../cluster/stage-context.ts";
import type { Terminal } from "../invocation.ts";
import { sayBug, UsageError } from "../report-failure.ts";
import { describeDecision } from "./describe-decision.ts";

export interface InvokeOptions extends ClusterOptions {
  readonly stage: string;
  readonly event: string | undefined;
  readonly plug: string | undefined;
  readonly socket: string | undefined;
  /** Work on an in-memory cluster that holds these, instead of on a real one. */
  readonly files: readonly string[] | undefined;
  /** Print what the stage would do, and write nothing. */
  readonly dryRun?: boolean | undefined;
  readonly operatorNamespace: string;
  /** What templates do with missing values, unless the plug, the socket or its named interface decides. */
  readonly missingValues: MissingValues;
}

/**
 * `plugboard invoke`: runs one stage function once and prints its reply.
 * The exit code: 1 if the stage failed or would be retried.
 */
export async function invoke(options: InvokeOptions, terminal: Terminal): Promise<number> {
  const request = requestOf(options);
  const stage = await loadStage(request.stage);
  if (options.dryRun === true) {
    const decision = await onCluster(options, terminal, (context) => stage.decide(readingOnly(context), request));
    terminal.stdout(`${describeDecision(decision).join("\n")}\n`);
    return decision.kind === "fail" ? 1 : 0;
  }
  const reply = await onCluster(options, terminal, (context) => stage(context, request));
  terminal.stdout(`${sentenceOf(reply)}\n`);
  return reply.kind === "retry" || (reply.kind === "fact" && reply.fact.endsWith(".failed")) ? 1 : 0;
}

async function onCluster<Result>(
  { files, operatorNamespace, missingValues, ...cluster }: InvokeOptions,
  { stderr, clock = systemClock }: Terminal,
  work: (context: StageContext) => Promise<Result>,
): Promise<Result> {
  const settings = {
    clock,
    operatorNamespace,
    missingValues,
    failed: (error: unknown): void => stderr(`an Event could not be written: ${String(error)}\n`),
    unexpected: (error: unknown): void => stderr(`${sayBug(error)}\n`),
  };
  if (files !== undefined) {
    const { clusterOfFiles } = await import("../cluster/manifest-set.ts");
    const { kube } = await clusterOfFiles({ paths: files, operatorNamespace, clock });
    return work(stageContext({ ...settings, kube }));
  }
  const { connect } = await import("../cluster/connect.ts");
  const { preflight } = await import("../operate/preflight.ts");
  const { kube } = await connect(cluster);
  try {
    await preflight(kube, { operatorNamespace, namespaces: undefined });
    return await work(stageContext({ ...settings, kube }));
  } finally {
    await kube.close();
  }
}

/** The same cluster, read-only. */
function readingOnly(context: StageContext): StageContext {
  const kube = readOnly(context.live);
  return { ...context, kube, live: kube, snapshots: new SnapshotStore(kube, context.operatorNamespace) };
}

function requestOf({ stage, event, plug, socket }: InvokeOptions): StageRequest {
  const known = stageNames.find((name) => name === stage);
  if (known === undefined) throw new UsageError(`unknown stage ${stage}; expected one of ${stageNames.join(", ")}`);
  const given = [event, plug, socket].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UsageError("name one object: --plug NAMESPACE/NAME, --socket NAMESPACE/NAME or --event FILE");
  return event === undefined ? namedRequest(known, { plug, socket }) : eventRequest(known, event);
}

function namedRequest(
  stage: StageName,
  { plug, socket }: { readonly plug: string | undefined; readonly socket: string | undefined },
): StageRequest {
  const side = plug === undefined ? "socket" : "plug";
  if (!stage.startsWith(`${side}.`)) {
    const about = !/^(plug|socket)\./.test(stage) ? "an --event" : `a --${stage.split(".")[0]}`;
    throw new UsageError(`stage ${stage} is about ${about}, not about a ${side}`);
  }
  return { stage, ...parseNamespacedName(plug ?? socket ?? "", `--${side}`) };
}

function eventRequest(stage: StageName, file: string): StageRequest {
  try {
    const request = parseStageRequest(eventFormat, JSON.parse(readFileSync(file, "utf8")));
    if (request.stage === stage) return request;
    throw new UsageError(`${file} is an event for stage ${request.stage}, not for ${stage}`);
  } catch (error) {
    if (error instanceof InvalidInput) throw new UsageError(`${file}: ${error.message}`, { cause: error });
    if (error instanceof SyntaxError) throw new UsageError(`${file} is not JSON: ${error.message}`, { cause: error });
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new UsageError(`${file}: no such file`, { cause: error });
    throw error;
  }
}

/** Reads `NAMESPACE/NAME`. @throws UsageError */
export function parseNamespacedName(text: string, flag: string): { readonly namespace: string; readonly name: string } {
  const [namespace, name, ...more] = text.split("/");
  if (namespace === undefined || name === undefined || namespace === "" || name === "" || more.length > 0)
    throw new UsageError(`${flag} ${text}: expected NAMESPACE/NAME, for example shop/orders`);
  return { namespace, name };
}

function sentenceOf(reply: StageReply): string {
  switch (reply.kind) {
    case "fact":
      return `fact ${reply.fact}: ${reply.message}`;
    case "nothing":
      return `nothing: ${reply.why}`;
    case "retry":
      return `retry: ${reply.error.name}: ${tell(reply.error)}`;
  }
}
