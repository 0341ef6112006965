import { tellThrown } from "../../kit/outlet/outlet.ts";
import { manifestFiles, objectName } from "../cluster/manifest-files.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { readinessOf } from "../operate/readiness.ts";
import { printObjects } from "../print-objects.ts";
import { UsageError } from "../report-failure.ts";
import type { BrokerFlags } from "./dev-broker.ts";
import { comeToRest, type Development, type DevOptions, load, start } from "./development.ts";
import { followFiles } from "./follow-files.ts";
import { linesOf, outcomeOf, plugsOf, summaryOf, unresolvedOf } from "./outcome.ts";

/**
 * `plugboard dev`: runs Plugboard on an in-memory cluster with the objects of files. Returns the exit code.
 * @throws UsageError
 */
export async function dev(paths: readonly string[], options: DevOptions, terminal: Terminal): Promise<number> {
  const broker = brokerOf(options.broker);
  if (paths.length === 0 && broker !== undefined && !options.once) {
    const { devBroker } = await import("./dev-broker.ts");
    return devBroker(broker, terminal);
  }
  if (paths.length === 0)
    throw new UsageError("no manifests: name files or folders, for example: plugboard dev samples/hello");
  const files = manifestFiles(paths);
  const development = await start({ ...options, broker }, terminal);
  try {
    return options.once
      ? await runOnce(development, files, options, terminal)
      : await runLive(development, paths, terminal);
  } finally {
    await development.running.stop();
    development.local.stop();
  }
}

/** @throws UsageError for broker options without --broker-port */
function brokerOf({
  port,
  subscribers = [],
  hostile,
  synchronous = false,
}: Partial<BrokerFlags> = {}): BrokerFlags | undefined {
  if (port !== undefined) return { port, subscribers, hostile, synchronous };
  if (subscribers.length === 0 && hostile === undefined && !synchronous) return undefined;
  throw new UsageError("--subscriber, --hostile and --synchronous need a broker: add --broker-port PORT");
}

async function runOnce(
  development: Development,
  files: readonly string[],
  { output, holdJobs }: DevOptions,
  { stdout, stderr, signal }: Terminal,
): Promise<number> {
  const { cluster, local } = development;
  const { problems } = await load(development, files);
  if (problems.length > 0) {
    stderr(`${problems.join("\n")}\n`);
    return 1;
  }
  const unmatched = local.unmatched(cluster.objects());
  if (unmatched !== undefined) throw new UsageError(unmatched);
  await comeToRest(development, { holdJobs, signal });
  const [plugs, unresolved] = [plugsOf(cluster), unresolvedOf(cluster)];
  const summarize = output === undefined ? stdout : stderr;
  if (output !== undefined) stdout(printObjects(outcomeOf(cluster), output));
  summarize(`\n${[summaryOf(plugs), ...linesOf(unresolved)].join("\n")}\n`);
  return plugs.every((plug) => readinessOf(plug).ready) && unresolved.length === 0 ? 0 : 1;
}

async function runLive(
  development: Development,
  paths: readonly string[],
  { stderr, signal }: Terminal,
): Promise<number> {
  const { timeline, clock, local, cluster } = development;
  let busy = load(development, manifestFiles(paths)).then(({ problems }) => {
    for (const problem of problems) stderr(`${problem}\n`);
    const unmatched = local.unmatched(cluster.objects());
    if (unmatched !== undefined) stderr(`${unmatched}\n`);
  });
  const reload = (): void => {
    busy = busy
      .then(() => follow(development, paths, stderr))
      .catch((error: unknown) => stderr(`${tellThrown(error)}\n`));
  };
  const stopFollowing = followFiles(paths, { clock, changed: reload });
  await busy;
  timeline.say(`watching ${paths.join(", ")}: edit the files to see what changes; press Ctrl-C to end`);
  await aborted(signal);
  stopFollowing();
  await busy;
  return 0;
}

/** Applies the changes of the files, and prints them. */
async function follow(development: Development, paths: readonly string[], stderr: Terminal["stderr"]): Promise<void> {
  const { timeline } = development;
  const { applied, removed, problems } = await load(development, manifestFiles(paths));
  for (const { object, known } of applied) timeline.say(`${known ? "edited" : "added"} ${objectName(object)}`);
  for (const { kind, namespace, name } of removed)
    timeline.say(`removed ${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}: no file has it any more`);
  for (const problem of problems) stderr(`${problem}\n`);
}
