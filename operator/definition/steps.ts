import type { Kind, KubeObject } from "../../kit/kube/port.ts";
import type { ChildKinds, FinalizeResult, Kept, Manifest, RelatedKinds, SyncRequest, SyncResult } from "./operator.ts";
import { isReady } from "./readiness.ts";

/** One step: children that are made when all steps before are ready. */
export interface OperatorStep<Request> {
  readonly name: string;
  readonly children: (request: Request) => readonly Manifest[];
  /**
   * Whether the step is ready; or a text that says what it waits for.
   * Asked when its children exist as they should be. Absent: whether all its children are ready (`isReady`).
   */
  readonly until?: ((request: Request) => boolean | string) | undefined;
}

/** How far a parent is. */
export interface Progress {
  /** The name of the step that waits; undefined: all are ready. */
  readonly step: string | undefined;
  /** What it waits for, in words. */
  readonly waiting: string | undefined;
  /** The number of steps that are ready. */
  readonly ready: number;
}

export interface StepsOptions<Request> {
  /** The status of the parent. */
  readonly status?: ((request: Request, progress: Progress) => object) | undefined;
}

/** A `sync` with its own `finalize`. */
export type SteppedSync<Request> = ((request: Request) => SyncResult) & {
  readonly finalize: (request: Request) => FinalizeResult;
};

type AnyRequest = SyncRequest<Kind, ChildKinds, RelatedKinds>;

/**
 * A `sync` that goes step by step: the children of a step are made, and changed, when all steps before are ready.
 * While a step waits, the children of later steps stay as they are, and nothing is removed.
 * When the parent is deleted, the children go in reverse order, each step when those of later steps are gone.
 */
export function steps<Request>(
  given: readonly OperatorStep<Request>[],
  { status }: StepsOptions<Request> = {},
): SteppedSync<Request> {
  const sync = (request: Request): SyncResult => {
    const { children, progress } = walk(given, request);
    const told = status === undefined ? {} : { status: status(request, progress) };
    if (progress.waiting === undefined) return { children, ...told };
    return { children, keep: existing(anyOf(request)), waiting: progress.waiting, ...told };
  };
  return Object.assign(sync, { finalize: (request: Request) => takeDown(given, anyOf(request)) });
}

/** A request is a SyncRequest of the kinds that its operator declares. */
function anyOf(request: unknown): AnyRequest {
  return request as AnyRequest;
}

function walk<Request>(
  given: readonly OperatorStep<Request>[],
  request: Request,
): { readonly children: readonly Manifest[]; readonly progress: Progress } {
  const children: Manifest[] = [];
  for (const [index, step] of given.entries()) {
    const own = step.children(request).map((child) => marked(child, index, anyOf(request)));
    children.push(...own);
    const why = whyNotReady(step, own, request);
    if (why === undefined) continue;
    const waiting = `step ${index + 1} of ${given.length}, ${step.name}: ${why}`;
    return { children, progress: { step: step.name, waiting, ready: index } };
  }
  return { children, progress: { step: undefined, waiting: undefined, ready: given.length } };
}

function marked({ metadata, ...fields }: Manifest, index: number, request: AnyRequest): Manifest {
  return {
    ...fields,
    apiVersion: fields.apiVersion,
    kind: fields.kind,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [stepMark(request)]: String(index + 1) } },
  };
}

function stepMark({ domain }: Pick<AnyRequest, "domain">): string {
  return `${domain}/step`;
}

function whyNotReady<Request>(
  { until }: OperatorStep<Request>,
  children: readonly Manifest[],
  request: Request,
): string | undefined {
  const { isApplied, parent } = anyOf(request);
  const found = existing(anyOf(request));
  const missing = children.find((child) => !isApplied(child));
  if (missing !== undefined) return `waiting for ${nameOf(missing, parent)}`;
  if (until === undefined) {
    const unready = children.find((child) => !isReady(found.find((one) => isSame(one, child, parent))));
    return unready === undefined ? undefined : `waiting for ${nameOf(unready, parent)}`;
  }
  const answer = until(request);
  if (answer === true) return undefined;
  return answer === false ? "waiting until it is ready" : answer;
}

function takeDown(given: readonly OperatorStep<never>[], request: AnyRequest): FinalizeResult {
  const children = existing(request);
  if (children.length === 0) return { finalized: true };
  const last = Math.max(...children.map((child) => stepOf(child, request)));
  const keep: readonly Kept[] = children.filter((child) => stepOf(child, request) < last);
  const { name } = given[last - 1] ?? {};
  const waiting = `deleting step ${last} of ${given.length}${name === undefined ? "" : `, ${name}`}`;
  return { finalized: false, children: [], keep, waiting };
}

function stepOf({ metadata }: KubeObject, request: AnyRequest): number {
  return Number(metadata.annotations?.[stepMark(request)] ?? 0) || 0;
}

function existing({ children }: Pick<AnyRequest, "children">): readonly KubeObject[] {
  return Object.values(children).flatMap((view) => view.all());
}

function isSame(one: KubeObject, other: Manifest, parent: KubeObject): boolean {
  const { namespace = parent.metadata.namespace, name } = other.metadata;
  return (
    one.apiVersion === other.apiVersion &&
    one.kind === other.kind &&
    one.metadata.name === name &&
    one.metadata.namespace === namespace
  );
}

function nameOf({ kind, metadata }: Manifest, parent: KubeObject): string {
  const { namespace = parent.metadata.namespace, name } = metadata;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
