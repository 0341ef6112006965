import { AlreadyExists, Conflict, Forbidden, KindNotServed, NotFound, PlugboardError, Unavailable } from "./errors.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta, ServiceAccountName } from "./kube.ts";
import { bears, type Marks } from "./marks.ts";
import { withheld } from "./outlet.ts";

/** What of a failed step is let pass: nothing; that its side is beyond reach (a missing right or namespace); or every failure. */
export type Tolerance = "none" | "unreachable" | "any";

/** What has to be there for an object to be applied: nothing, the object of a uid, or whatever there is. */
export type Expected =
  | { readonly kind: "nothing" }
  | { readonly kind: "uid"; readonly uid: string }
  | { readonly kind: "anything" };

interface StepBase {
  /** As whom; absent: as Plugboard itself. */
  readonly as?: ServiceAccountName | undefined;
  readonly tolerance: Tolerance;
  /** The object has sensitive values: nothing is repeated of what the API server says of it. */
  readonly discreet?: boolean | undefined;
  /** The ledger entry, written after the call and before the next step: see Plan.ledger. */
  readonly entry?: object | undefined;
}

/** An effect that only its author knows to bring about, on one object. */
export interface EffectStep<Effect> extends StepBase {
  readonly kind: "effect";
  readonly target: ObjectKey;
  readonly effect: Effect;
}

/** One effect on the cluster, or beyond it, as data: a plan can be looked at without being performed. Each is safe to take twice. */
export type Step<Effect = never> =
  | EffectStep<Effect>
  | (StepBase &
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
        /** Creates the object unless one of its name is there, which is left as it is. */
        | { readonly kind: "create"; readonly object: KubeObject; readonly fieldManager: string }
        /** Deletes the object if it still bears one of the marks. */
        | { readonly kind: "remove"; readonly target: ObjectKey; readonly ours: readonly Marks[] }
        /** Gives up the fields we applied to an object that was there before us. */
        | {
            readonly kind: "withdraw";
            readonly target: ObjectKey;
            readonly uid: string | undefined;
            readonly ours: readonly Marks[];
            readonly fieldManager: string;
          }
        /** Deletes an object by name without checking its marks; with `seen`, only that version. */
        | { readonly kind: "delete"; readonly target: ObjectKey; readonly seen?: ObjectMeta | undefined }
        /** Leaves an object as it is: what was to be done is done, or must wait until it is gone. */
        | { readonly kind: "leave"; readonly target: ObjectKey; readonly metadata: ObjectMeta; readonly waits: boolean }
      ));

/** Brings about the effects that the kit does not know. @throws PlugboardError */
export type TakeEffect<Effect> = (step: EffectStep<Effect>) => Promise<StepResult>;

export type StepResult =
  | { readonly kind: "applied"; readonly key: ObjectKey; readonly metadata: ObjectMeta }
  | { readonly kind: "removed"; readonly key: ObjectKey }
  /** The object is no longer ours (`theirs`), or the failure is tolerated; `why` gives the cause. */
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
export async function performStep<Effect = never>(
  step: Step<Effect>,
  kube: Kube,
  takeEffect: TakeEffect<Effect>,
): Promise<StepResult> {
  try {
    return step.kind === "effect" ? await takeEffect(step) : await takeStep(step, asWhom(kube, step));
  } catch (error) {
    if (!(error instanceof PlugboardError)) throw error;
    if (step.discreet === true) withheld(error);
    if (!tolerates(step, error)) throw naming(error, step);
    return { kind: "skipped", key: targetOf(step), why: error.message };
  }
}

/** The cluster as the step's service account sees it. */
export function asWhom(kube: Kube, { as }: Pick<StepBase, "as">): Kube {
  return as === undefined ? kube : kube.as(as);
}

/** For steps that the kit knows, all of them. */
export const noEffects: TakeEffect<unknown> = () => Promise.reject(new Error("there are no other effects"));

const orElse = "lacks the right, or a quota or a policy forbids it";

/** What others say (a webhook, a schema) does not always tell which object it is about; an effect names its own. */
function naming(error: PlugboardError, step: Step<unknown>): PlugboardError {
  const { kind, namespace, name } = targetOf(step);
  const object = namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  if (step.kind !== "effect" && !error.message.includes(object)) error.message = `${object}: ${error.message}`;
  error.asked ??= object;
  const isWithheld = error.quote === undefined && error.fields !== undefined;
  if (error instanceof Forbidden && isWithheld && step.as !== undefined && !error.message.endsWith(orElse))
    error.message += `; service account ${step.as.namespace}/${step.as.name} ${orElse}`;
  return error;
}

function tolerates({ kind, tolerance }: Pick<Step<unknown>, "kind" | "tolerance">, error: PlugboardError): boolean {
  if (tolerance === "any") return true;
  if (error instanceof KindNotServed)
    return kind === "remove" || kind === "withdraw" || kind === "delete" || kind === "effect";
  return tolerance === "unreachable" && (error instanceof Forbidden || error instanceof NotFound);
}

/** The object that a step is about. */
export function targetOf(step: Step<unknown>): ObjectKey {
  return "target" in step ? step.target : keyOf(step.object);
}

type KnownStep = Exclude<Step, EffectStep<never>>;

async function takeStep(step: KnownStep, kube: Kube): Promise<StepResult> {
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
      await kube.delete(step.target, { ...identityOf(step.seen), propagation: "Background" });
      return { kind: "removed", key: step.target };
    case "create":
      return createUnlessThere(step, kube);
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

function identityOf(seen: ObjectMeta | undefined): { readonly uid?: string; readonly resourceVersion?: string } {
  const { uid, resourceVersion } = seen ?? {};
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

async function createUnlessThere(
  { object, fieldManager }: Extract<KnownStep, { kind: "create" }>,
  kube: Kube,
): Promise<StepResult> {
  const key = keyOf(object);
  const found = await kube.getMetadata(key);
  if (found !== undefined) return { kind: "applied", key, metadata: found.metadata };
  try {
    return applied(await kube.create(object, { fieldManager }));
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    throw new Unavailable(`${key.kind} ${key.name} was made by somebody else just now`, { cause: error });
  }
}

async function recreate(step: Extract<KnownStep, { kind: "recreate" }>, kube: Kube): Promise<StepResult> {
  const key = keyOf(step.object);
  if (step.seen !== undefined) {
    await kube.delete(key, { uid: step.seen.uid, propagation: "Background" });
    const left = await kube.getMetadata(key);
    if (left !== undefined) return { kind: "awaiting", key, metadata: left.metadata };
  }
  const anew = expecting(step.object, { kind: "nothing" });
  return applied(await kube.apply(anew, { fieldManager: step.fieldManager, force: true }));
}

async function remove(step: Extract<KnownStep, { kind: "remove" }>, kube: Kube): Promise<StepResult> {
  const { target } = step;
  const found = await kube.getMetadata(target);
  if (found === undefined) return { kind: "removed", key: target };
  if (!bears(found.metadata, step.ours)) return notOurs(target);
  await kube.delete(target, { uid: found.metadata.uid, propagation: "Background" });
  return { kind: "removed", key: target };
}

async function withdraw(step: Extract<KnownStep, { kind: "withdraw" }>, kube: Kube): Promise<StepResult> {
  const { target, uid } = step;
  const metadata = {
    name: target.name,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
  const found = await kube.getMetadata(target);
  if (found === undefined || found.metadata.uid !== uid) return { kind: "removed", key: target };
  if (!bears(found.metadata, step.ours)) return notOurs(target);
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

/** The result for an object that is no longer ours. */
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
