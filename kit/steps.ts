import { Conflict, Forbidden, KindNotServed, NotFound, PlugboardError } from "./errors.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta, ServiceAccountName } from "./kube.ts";

/** What of a failed step is let pass: nothing; that its side is beyond reach (a missing right or namespace); or every failure. */
export type Tolerance = "none" | "unreachable" | "any";

/** What has to be there for an object to be applied: nothing, the object of a uid, or whatever there is. */
export type Expected =
  | { readonly kind: "nothing" }
  | { readonly kind: "uid"; readonly uid: string }
  | { readonly kind: "anything" };

interface StepBase {
  readonly as: ServiceAccountName;
  readonly tolerance: Tolerance;
}

/** One effect on the cluster, in terms of Kubernetes alone. Each is safe to take twice. */
export type Step = StepBase &
  (
    | /** Applies the object, taking over the fields it names; Conflict where there is not what is expected. */
    {
        readonly kind: "apply";
        readonly object: KubeObject;
        readonly expects: Expected;
        readonly fieldManager: string;
      }
    /** Deletes the object seen, if any, waits until it is gone, then applies anew. */
    | {
        readonly kind: "recreate";
        readonly object: KubeObject;
        readonly seen: ObjectMeta | undefined;
        readonly fieldManager: string;
      }
    /** Deletes the object if it is still ours. */
    | { readonly kind: "remove"; readonly target: ObjectKey; readonly isOurs: (metadata: ObjectMeta) => boolean }
    /** Gives up the fields we applied to an object that was there before us. */
    | {
        readonly kind: "withdraw";
        readonly target: ObjectKey;
        readonly uid: string | undefined;
        readonly isOurs: (metadata: ObjectMeta) => boolean;
        readonly fieldManager: string;
      }
    /** Deletes an object by name, whoever made it. */
    | { readonly kind: "delete"; readonly target: ObjectKey }
    /** Does what only its author knows, to one object. */
    | { readonly kind: "run"; readonly target: ObjectKey; readonly run: () => Promise<StepResult> }
    /** Leaves an object as it is: what was to be done is done, or must wait until it is gone. */
    | { readonly kind: "leave"; readonly target: ObjectKey; readonly metadata: ObjectMeta; readonly waits: boolean }
  );

export type StepResult =
  | { readonly kind: "applied"; readonly key: ObjectKey; readonly metadata: ObjectMeta }
  | { readonly kind: "removed"; readonly key: ObjectKey }
  /** Somebody else's by now (`theirs`), or beyond reach: `why` says so. */
  | { readonly kind: "skipped"; readonly key: ObjectKey; readonly why: string; readonly theirs?: boolean | undefined }
  /** Somebody outside was told, and said yes. */
  | { readonly kind: "called"; readonly key: ObjectKey }
  /** The stage ends here and goes on once this object is gone; or, where `why` says so, is what is waited for. */
  | {
      readonly kind: "awaiting";
      readonly key: ObjectKey;
      readonly metadata: ObjectMeta;
      readonly why?: string | undefined;
    };

/** Takes one step. @throws PlugboardError where it could not be taken and that is not tolerated */
export async function performStep(step: Step, kube: Kube): Promise<StepResult> {
  try {
    return await takeStep(step, kube.as(step.as));
  } catch (error) {
    if (!(error instanceof PlugboardError)) throw error;
    if (!tolerates(step, error)) throw naming(error, targetOf(step));
    return { kind: "skipped", key: targetOf(step), why: error.message };
  }
}

/** What others say (a webhook, a schema) does not always tell which object it is about. */
function naming(error: PlugboardError, { kind, namespace, name }: ObjectKey): PlugboardError {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  if (!error.message.includes(name)) error.message = `${kind} ${where}: ${error.message}`;
  return error;
}

function tolerates({ kind, tolerance }: Step, error: PlugboardError): boolean {
  if (tolerance === "any") return true;
  if (error instanceof KindNotServed)
    return kind === "remove" || kind === "withdraw" || kind === "delete" || kind === "run";
  return tolerance === "unreachable" && (error instanceof Forbidden || error instanceof NotFound);
}

function targetOf(step: Step): ObjectKey {
  return "target" in step ? step.target : keyOf(step.object);
}

async function takeStep(step: Step, kube: Kube): Promise<StepResult> {
  switch (step.kind) {
    case "apply":
      return applied(
        await kube.apply(expecting(step.object, step.expects), { fieldManager: step.fieldManager, force: true }),
      );
    case "recreate":
      return recreate(step, kube);
    case "remove":
      return remove(step, kube);
    case "withdraw":
      return withdraw(step, kube);
    case "delete":
      await kube.delete(step.target, { propagation: "Background" });
      return { kind: "removed", key: step.target };
    case "run":
      return step.run();
    case "leave":
      return { kind: step.waits ? "awaiting" : "applied", key: step.target, metadata: step.metadata };
  }
}

/** An apply at a version that no object can be at creates, or meets Conflict (kube-apiserver 1.36; the contract suite holds both ports to it). */
function expecting(object: KubeObject, expected: Expected): KubeObject {
  switch (expected.kind) {
    case "nothing":
      return { ...object, metadata: { ...object.metadata, resourceVersion: "1" } };
    case "uid":
      return { ...object, metadata: { ...object.metadata, uid: expected.uid } };
    case "anything":
      return object;
  }
}

async function recreate(step: Extract<Step, { kind: "recreate" }>, kube: Kube): Promise<StepResult> {
  const key = keyOf(step.object);
  if (step.seen !== undefined) {
    await kube.delete(key, { uid: step.seen.uid, propagation: "Background" });
    const left = await kube.getMetadata(key);
    if (left !== undefined) return { kind: "awaiting", key, metadata: left.metadata };
  }
  const anew = expecting(step.object, { kind: "nothing" });
  return applied(await kube.apply(anew, { fieldManager: step.fieldManager, force: true }));
}

async function remove(step: Extract<Step, { kind: "remove" }>, kube: Kube): Promise<StepResult> {
  const { target } = step;
  const found = await kube.getMetadata(target);
  if (found === undefined) return { kind: "removed", key: target };
  if (!step.isOurs(found.metadata)) return notOurs(target);
  await kube.delete(target, { uid: found.metadata.uid, propagation: "Background" });
  return { kind: "removed", key: target };
}

async function withdraw(step: Extract<Step, { kind: "withdraw" }>, kube: Kube): Promise<StepResult> {
  const { target, uid } = step;
  const metadata = {
    name: target.name,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
  const found = await kube.getMetadata(target);
  if (found === undefined || found.metadata.uid !== uid) return { kind: "removed", key: target };
  if (!step.isOurs(found.metadata)) return notOurs(target);
  try {
    await kube.apply(
      { apiVersion: target.apiVersion, kind: target.kind, metadata },
      { fieldManager: step.fieldManager, force: true },
    );
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
  return { kind: "removed", key: target };
}

/** What became of an object that somebody else has by now. */
export function notOurs(key: ObjectKey): StepResult {
  return { kind: "skipped", key, why: "it is not ours any more", theirs: true };
}

function applied(object: KubeObject): StepResult {
  return { kind: "applied", key: keyOf(object), metadata: object.metadata };
}

/** The key of an object. */
export function keyOf({ apiVersion, kind, metadata }: KubeObject): ObjectKey {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** A key as text: equal for equal objects, whatever version their group was asked in. */
export function keyText({ apiVersion, kind, namespace, name }: ObjectKey): string {
  const slash = apiVersion.indexOf("/");
  return [slash < 0 ? "" : apiVersion.slice(0, slash), kind, namespace ?? "", name].join("/");
}
