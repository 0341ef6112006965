import { apiVersion } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import { isOfAnotherCluster, namedBy, type SnapshotHead } from "../../crds/snapshot/head.ts";
import type { Snapshot } from "../../functions/snapshot/snapshot.ts";
import { SnapshotStore } from "../../functions/snapshot/store.ts";
import { OperatorError } from "../../kit/errors.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { objectName } from "../cluster/manifest-files.ts";
import { CommandFailed, UsageError } from "../report-failure.ts";

export interface ForgetOptions {
  readonly operatorNamespace: string;
  /** The plug, as NAMESPACE/NAME. */
  readonly plug: string;
  /** Asks a question that is answered with yes or no. */
  readonly agree: (question: string) => Promise<boolean>;
  /** Says what happens, one line each. */
  readonly say: (line: string) => void;
}

/**
 * Removes the snapshots of a plug that does not exist, and leaves all objects of its couplings.
 * The exit code: 1 if the answer was no.
 * @throws CommandFailed if there is no snapshot, or the plug uses it; UsageError
 */
export async function forget(kube: Kube, options: ForgetOptions): Promise<number> {
  const { operatorNamespace, agree, say } = options;
  const plug = parseName(options.plug);
  const snapshots = new SnapshotStore(kube, operatorNamespace);
  const heads = (await snapshots.heads(plug)).filter(({ finishedAt }) => finishedAt === undefined);
  if (heads.length === 0)
    throw new CommandFailed(`namespace ${operatorNamespace} has no snapshot of plug ${options.plug}`);
  await refuseInUse(kube, options.plug, plug, heads);
  const clusterUid = await readClusterUid(kube);
  for (const head of heads) {
    const snapshot = await snapshots.read(head.name);
    if (snapshot !== undefined)
      for (const line of await describe(kube, snapshot, isOfAnotherCluster(head, clusterUid))) say(line);
  }
  say("Calls no hooks and applies no `decoupled` resources. This cannot be undone.");
  if (!(await agree(`Forget plug ${options.plug}?`))) {
    say("Nothing changed.");
    return 1;
  }
  await refuseInUse(kube, options.plug, plug, heads);
  const kept = await snapshots.keys.seen(plug);
  for (const { name } of heads) await snapshots.remove(name);
  await snapshots.keys.forget(plug, kept);
  say(`Forgot plug ${options.plug}: ${heads.length === 1 ? "1 snapshot" : `${heads.length} snapshots`} removed.`);
  return 0;
}

function parseName(text: string): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = "", ...more] = text.split("/");
  if (namespace === "" || name === "" || more.length > 0)
    throw new UsageError(`${text}: expected NAMESPACE/NAME of a plug, for example shop/orders`);
  return { namespace, name };
}

async function refuseInUse(
  kube: Kube,
  title: string,
  plug: { readonly namespace: string; readonly name: string },
  heads: readonly SnapshotHead[],
): Promise<void> {
  const object = await kube.get({ apiVersion, kind: "Plug", ...plug });
  if (object === undefined) return;
  const found = readPlug(object);
  if (heads.some((head) => namedBy(head, found)))
    throw new CommandFailed(`plug ${title} exists and uses this snapshot; delete the plug to decouple it`);
}

async function describe(kube: Kube, snapshot: Snapshot, foreign: boolean): Promise<readonly string[]> {
  const { plug, socket, revision, resolvedAt } = snapshot;
  const made = snapshot.outcome.resources.filter(
    ({ do: act, when }) => act !== "delete" && when.some((event) => event === "coupled" || event === "updated"),
  );
  const objects = [...new Map(made.map(({ object }) => [keyText(keyOf(object)), object])).values()];
  const left = await Promise.all(objects.map(async (object) => `  leaves ${await titleOf(kube, object)}`));
  const where = foreign ? "; its snapshot is from another cluster" : "";
  return [
    `Plug ${plug.namespace}/${plug.name} was coupled to socket ${socket.namespace}/${socket.name} (revision ${revision} of ${resolvedAt})${where}.`,
    ...(left.length === 0 ? ["  It has no objects."] : left),
  ];
}

async function titleOf(kube: Kube, object: KubeObject): Promise<string> {
  const title = objectName(object);
  try {
    const { namespaced } = await kube.served(object);
    const { namespace: _none, ...key } = keyOf(object);
    const found = await kube.getMetadata(namespaced ? keyOf(object) : key);
    return found === undefined ? `${title} (not found)` : title;
  } catch (error) {
    if (error instanceof OperatorError) return `${title} (cannot be read: ${error.name})`;
    throw error;
  }
}
