import { setTimeout } from "node:timers/promises";
import { apparatusMarks } from "../../crds/apparatus/pod.ts";
import { uninstalled } from "../../crds/messages.ts";
import { apiVersion, finalizer, labels, manager } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import { readSocket } from "../../crds/socket/parse.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { readAdopted } from "../../functions/resources/plan-removal.ts";
import { SnapshotStore } from "../../functions/snapshot/store.ts";
import { withCondition } from "../../kit/conditions.ts";
import { leaseKey } from "../../kit/election/lease-record.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import { Forbidden, KindNotServed, NotFound, OperatorError } from "../../kit/errors.ts";
import { everyObject } from "../../kit/kube/every-object.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject, ListQuery, ObjectKey } from "../../kit/kube/port.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { removeFinalizer } from "../../kit/performing/finalizers.ts";
import { objectName } from "../cluster/manifest-files.ts";
import { guardLabels, guardName, impersonationPolicyName } from "../deploy/rights/guard.ts";
import { CommandFailed } from "../report-failure.ts";
import { isHeld } from "./integration-operator.ts";
import { type Undone, undoInventory } from "./undo-inventory.ts";

export interface UninstallOptions {
  readonly operatorNamespace: string;
  /** Leaves everything that plugs and sockets applied exactly as it is. */
  readonly keepObjects: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How it waits, in milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

interface Uninstalling extends UninstallOptions {
  readonly kube: Kube;
  readonly snapshots: SnapshotStore;
  /** Whether a refusal may come from a policy that was just removed; waits a moment each time, up to a limit. */
  readonly mayStillBeGuarded: () => Promise<boolean>;
  /** Says what happens, one line each. */
  readonly say: (line: string) => void;
}

/**
 * Removes our admission policies first, then applied objects (or keeps them), finalizers and snapshots.
 * Continues after failures and prints them. Safe to repeat.
 * The exit code: 1 if an object keeps its finalizer.
 * @throws CommandFailed while Plugboard runs
 */
export async function uninstall(kube: Kube, options: UninstallOptions, say: (line: string) => void): Promise<number> {
  await refuseBesideLeader(kube, options);
  const mayStillBeGuarded = patience((await removePolicies(kube, say)) ? 20 : 0, options.wait ?? setTimeout);
  const snapshots = new SnapshotStore(kube, options.operatorNamespace);
  const work: Uninstalling = { ...options, kube, say, snapshots, mayStillBeGuarded };
  let failures = 0;
  for (const kind of ["Plug", "Socket", "DeferredResource"] as const)
    for (const object of await objectsOf(kube, kind)) failures += await attempt(work, object, kind);
  if (failures === 0) await removeApparatuses(work);
  if (failures === 0) await removeOwnSecrets(work);
  say(
    failures === 0
      ? "No Plug, Socket or DeferredResource has the finalizer any more. The objects and the CRDs stay. If you delete a CRD, you delete all objects of its kind."
      : `${failures === 1 ? "1 object keeps its finalizer" : `${failures} objects keep their finalizer`}. Correct the errors above and run the command again.`,
  );
  return failures === 0 ? 0 : 1;
}

async function refuseBesideLeader(kube: Kube, { operatorNamespace, now }: UninstallOptions): Promise<void> {
  const lease = await kube.get(leaseKey({ namespace: operatorNamespace, name: "plugboard" }));
  if (lease === undefined || !isHeld(lease, now)) return;
  throw new CommandFailed(
    `plugboard run or plugboard source is running (Lease ${operatorNamespace}/plugboard). Stop it first: it would add the finalizers again`,
  );
}

function objectsOf(kube: Kube, kind: string): Promise<readonly KubeObject[]> {
  return listServed(kube, { apiVersion, kind });
}

/** Empty for kinds that the cluster does not serve. */
async function listServed(kube: Kube, query: ListQuery): Promise<readonly KubeObject[]> {
  try {
    return await everyObject(kube, query);
  } catch (error) {
    if (error instanceof KindNotServed) return [];
    throw error;
  }
}

async function attempt(work: Uninstalling, object: KubeObject, kind: string): Promise<number> {
  try {
    const held = await takeBack(work, object, kind);
    if (held.length > 0) {
      work.say(`${objectName(object)} keeps its finalizer: ${held.join("; ")}`);
      return 1;
    }
    await removeFinalizer(work.kube, object, finalizer);
    return 0;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    if (error instanceof Forbidden && (await work.mayStillBeGuarded())) return attempt(work, object, kind);
    work.say(`${objectName(object)} keeps its finalizer: ${tell(error)}`);
    return 1;
  }
}

/** The API server applies a policy for a moment after it was deleted. */
function patience(tries: number, wait: NonNullable<UninstallOptions["wait"]>): () => Promise<boolean> {
  let left = tries;
  return async () => {
    if (left === 0) return false;
    left -= 1;
    await wait(500);
    return true;
  };
}

/**
 * Removes the policies that would refuse our writes, bindings first.
 * Without the right to read policies it continues; a later refusal is reported.
 */
async function removePolicies(kube: Kube, say: (line: string) => void): Promise<boolean> {
  let removed = false;
  for (const kind of ["ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"])
    for (const name of [guardName, impersonationPolicyName])
      removed =
        (await removePolicy(kube, { apiVersion: "admissionregistration.k8s.io/v1", kind, name }, say)) || removed;
  return removed;
}

async function removePolicy(kube: Kube, key: ObjectKey, say: (line: string) => void): Promise<boolean> {
  const found = await policyOf(kube, key);
  const ours = Object.entries(guardLabels).every(([label, value]) => found?.metadata.labels?.[label] === value);
  if (found === undefined || !ours || !(await kube.delete(key, { uid: found.metadata.uid }))) return false;
  say(`removed ${key.kind} ${key.name}`);
  return true;
}

async function policyOf(kube: Kube, key: ObjectKey): Promise<KubeObject | undefined> {
  try {
    return await kube.getMetadata(key);
  } catch (error) {
    if (error instanceof KindNotServed || error instanceof Forbidden) return undefined;
    throw error;
  }
}

/** The objects that could not be removed, which keep the finalizer in place. */
async function takeBack(work: Uninstalling, object: KubeObject, kind: string): Promise<readonly string[]> {
  if (kind === "DeferredResource") return [];
  const owner = kind === "Plug" ? readPlug(object) : readSocket(object);
  const applied = (owner.status?.refs ?? []).filter(({ role }) => role === "applied");
  if (work.keepObjects) {
    const left = applied.map(({ kind: of, namespace, name }) => `${of} ${namespace ?? ""}/${name}`);
    if (left.length > 0) work.say(`${objectName(object)} leaves ${left.join(", ")}`);
    await forgetOurs(work, object, owner);
    return [];
  }
  const undone = await undoInventory(work.kube, owner, {
    snapshot: await snapshotOf(work, owner),
    adopted: await readAdopted(work, owner, applied),
  });
  const left = undone.filter((one) => one.left !== undefined);
  for (const line of left.filter(({ onPurpose }) => onPurpose))
    work.say(`${objectName(object)} leaves ${sentenceOf(line)}`);
  const held = left.filter(({ onPurpose }) => !onPurpose).map(sentenceOf);
  if (held.length === 0) await forgetCoupling(work, object, owner);
  return held;
}

function sentenceOf({ key, left }: Undone): string {
  return `${key.kind} ${key.namespace ?? ""}/${key.name}: ${left}`;
}

async function snapshotOf({ snapshots }: Uninstalling, owner: Plug | Socket): ReturnType<SnapshotStore["read"]> {
  if (owner.kind === "Socket") return undefined;
  return snapshots.readOf(owner.metadata, owner.status?.performed?.snapshot ?? owner.status?.snapshot);
}

/**
 * Leaves a status that integration-operator and a new Plugboard can take over.
 * Our snapshots are removed, so the status must not name them.
 */
async function forgetOurs({ kube }: Uninstalling, object: KubeObject, owner: Plug | Socket): Promise<void> {
  if (owner.kind === "Plug" && owner.status?.coupledSocket === undefined) return;
  const conditions = (owner.status?.conditions ?? []).filter(({ type }) => type === "Coupled" || type === "Failed");
  const kept =
    owner.kind === "Plug"
      ? { coupledSocket: owner.status?.coupledSocket, coupledResult: owner.status?.coupledResult }
      : { coupledPlugs: owner.status?.coupledPlugs };
  const current = await kube.get(keyOf(object));
  if (owner.status === undefined || current === undefined) return;
  await replaceStatus(kube, { ...current, status: { ...kept, conditions } });
}

async function replaceStatus(kube: Kube, object: KubeObject): Promise<void> {
  try {
    await kube.replaceStatus(copyJson(object) as KubeObject);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/** Clears the status, so that a Plugboard installed later starts from the beginning. */
async function forgetCoupling({ kube, now }: Uninstalling, object: KubeObject, owner: Plug | Socket): Promise<void> {
  if (owner.status === undefined) return;
  const said = { status: "False", ...uninstalled } as const;
  const base = { generation: owner.metadata.generation, now };
  const conditions = ["Coupled", "Ready"].reduce(
    (list, type) => withCondition(list, { type, ...said }, base),
    owner.status.conditions ?? [],
  );
  const current = await kube.get(keyOf(object));
  if (current !== undefined) await replaceStatus(kube, { ...current, status: { conditions } });
}

const apparatusKinds = [
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "serving.knative.dev/v1", kind: "Service" },
];

/** Removes apparatuses: they run only for Plugboard's calls, and no coupling owns them. */
async function removeApparatuses({ kube, say }: Uninstalling): Promise<void> {
  const labelSelector = `${labels.managedBy}=${manager},${apparatusMarks.of}`;
  for (const kind of apparatusKinds)
    for (const object of await listServed(kube, { ...kind, labelSelector, metadataOnly: true }))
      if (await kube.delete(keyOf(object), { uid: object.metadata.uid }))
        say(`removed apparatus ${objectName(object)}`);
}

/** Removes snapshots and kept keys: all our Secrets in the operator's namespace. */
async function removeOwnSecrets({ kube, operatorNamespace, say }: Uninstalling): Promise<void> {
  const labelSelector = `${labels.managedBy}=${manager}`;
  const query = { apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, labelSelector, metadataOnly: true };
  const secrets = await everyObject(kube, query);
  const own = secrets.filter(({ metadata }) => metadata.name.startsWith("plugboard-"));
  for (const secret of own) await kube.delete(keyOf(secret), { uid: secret.metadata.uid });
  if (own.length > 0)
    say(
      `removed ${own.length === 1 ? "1 Secret" : `${own.length} Secrets`} with snapshots and keys from namespace ${operatorNamespace}`,
    );
}
