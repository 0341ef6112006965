import type { Condition } from "../../kit/conditions.ts";
import type { Kind, KubeObject } from "../../kit/kube/port.ts";
import { checkDefinition } from "./check-definition.ts";
import type { ObjectOf } from "./kinds.ts";
import type { ObjectsView } from "./views.ts";

/** How an existing child is changed. */
export type Update =
  /** Server-side apply (the default). */
  | "apply"
  /** Deleted; made again when it is gone. */
  | "recreate"
  /** Not changed; made again when somebody deletes it. */
  | "onDelete";

/** A kind of object that `sync` may return. */
export interface ChildKind extends Kind {
  readonly update?: Update | undefined;
  /** What `sync` gets of the children: whole objects (the default), or their metadata only. */
  readonly view?: "whole" | "metadata" | undefined;
}

export interface ChildKinds {
  readonly [name: string]: ChildKind;
}

export interface RelatedKinds {
  readonly [name: string]: Kind;
}

/** Which objects of a related kind to read. Without a namespace: the parent's, or all if it has none. */
export type Selection =
  | { readonly name: string; readonly namespace?: string | undefined }
  | {
      /** Labels that an object must have, all of them. */
      readonly labels: { readonly [label: string]: string };
      readonly namespace?: string | undefined;
    };

/** What became of a child in a sync. */
export type ChildOutcome = "created" | "updated" | "unchanged" | "deleted" | "awaited" | "failed";

export interface ChildResult {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly outcome: ChildOutcome;
  /** Why it failed, or what is awaited. */
  readonly why?: string | undefined;
}

/** The last sync of the parent, in which anything was done. */
export interface LastSync {
  readonly results: readonly ChildResult[];
  /** Why it failed. */
  readonly error?: string | undefined;
}

/** What a handler is called with. */
export interface SyncRequest<P extends Kind, C extends ChildKinds, R extends RelatedKinds> {
  readonly parent: ObjectOf<P>;
  /** The parent's children that exist, by the names of the declared kinds. */
  readonly children: { readonly [Name in keyof C]: ObjectsView<ObjectOf<C[Name]>> };
  /** The objects that `related` selected. */
  readonly related: { readonly [Name in keyof R]: ObjectsView<ObjectOf<R[Name]>> };
  readonly last: LastSync | undefined;
  /** Whether this child exists and was applied in exactly this form. With `update: "onDelete"`: whether it exists. */
  readonly isApplied: (child: Manifest) => boolean;
  /** The domain of the operator's labels and annotations, such as `echo-operator.example.com`. */
  readonly domain: string;
  /** Milliseconds since the epoch. Use it instead of `Date.now()`, so that tests can move the time. */
  readonly now: number;
  /** Aborted when the time of the handler is over. */
  readonly signal: AbortSignal;
}

/**
 * The request that the handlers of an operator with these kinds get:
 * `RequestOf<typeof kinds>` of a constant with `parent`, `children` and `reads`.
 */
export type RequestOf<
  D extends { readonly parent: Kind; readonly children?: ChildKinds; readonly reads?: RelatedKinds },
> = SyncRequest<
  D["parent"],
  D extends { readonly children: infer C extends ChildKinds } ? C : Record<never, never>,
  D extends { readonly reads: infer R extends RelatedKinds } ? R : Record<never, never>
>;

/** A child as it should be. `metadata.namespace` is that of the parent, if it has one. */
export type Manifest = KubeObject;

/** Names an existing child: an object of a view does. */
export interface Kept extends Kind {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

export interface Status {
  readonly conditions?: readonly Condition[] | undefined;
  readonly [field: string]: unknown;
}

/** What should be there. */
export interface SyncResult {
  /** All children. Those that exist and are not among them are deleted. */
  readonly children: readonly Manifest[];
  /** Existing children that stay as they are, although they are not among `children`. */
  readonly keep?: readonly Kept[] | undefined;
  /** Replaces the parent's status, except conditions of other types. Absent: it stays. */
  readonly status?: object | undefined;
  /** Calls `sync` again after this time, though nothing changed. */
  readonly resyncAfterSeconds?: number | undefined;
  /** What the parent is not ready for yet, in words: condition `Ready` says it. Absent: its children are judged. */
  readonly waiting?: string | undefined;
}

export interface FinalizeResult {
  /** Whether the parent may go. Until then `finalize` is called again. */
  readonly finalized: boolean;
  /** The children that are still needed. Absent: all stay until the parent is gone. */
  readonly children?: readonly Manifest[] | undefined;
  /** Existing children that stay as they are, although they are not among `children`. */
  readonly keep?: readonly Kept[] | undefined;
  readonly status?: object | undefined;
  /** What it waits for, in words: condition `Ready` says it. */
  readonly waiting?: string | undefined;
  /** The time until the next call, if nothing changes. Absent: it grows, as after errors. */
  readonly resyncAfterSeconds?: number | undefined;
}

/** An operator: what should be there for each parent. */
export interface OperatorDefinition<
  P extends Kind = Kind,
  C extends ChildKinds = ChildKinds,
  R extends RelatedKinds = RelatedKinds,
> {
  /** A DNS label; part of labels, of the field manager and of event types. Do not change it while parents exist. */
  readonly name: string;
  readonly parent: P;
  /** The kinds of children, by names of your choice. */
  readonly children?: C | undefined;
  /** The kinds of other objects that handlers read, by names of your choice. */
  readonly reads?: R | undefined;
  /**
   * Which of them to read for a parent. A change of one of them calls `sync`.
   * It must depend on nothing but the parent.
   */
  readonly related?:
    | ((parent: ObjectOf<P>) => { readonly [Name in keyof R]?: Selection | readonly Selection[] | undefined })
    | undefined;
  /** What is wrong with a parent: then `sync` is not called and no child is touched until somebody edits it. */
  readonly validate?: ((parent: ObjectOf<P>) => readonly string[]) | undefined;
  /**
   * Says what should be there. Called when the parent, a child or a related object changed, and after errors.
   * It may throw: then no child is touched, and it is called again later. It must be safe to repeat.
   */
  readonly sync: (request: SyncRequest<P, C, R>) => SyncResult | Promise<SyncResult>;
  /**
   * Called before a deleted parent goes, until it returns `finalized: true`. It must be safe to repeat.
   * Absent: that of `sync`, if it is made with `steps`.
   */
  readonly finalize?: ((request: SyncRequest<P, C, R>) => FinalizeResult | Promise<FinalizeResult>) | undefined;
  /** The longest time between two calls after the same error, in seconds: 1 to 21,600. Default 300. */
  readonly retryAtMostSeconds?: number | undefined;
  /** How long a handler may take, in seconds: 1 to 50. Default 30. */
  readonly timeoutSeconds?: number | undefined;
}

/** An operator that was checked. */
export interface Operator {
  readonly name: string;
  readonly parent: Kind;
  readonly children: readonly (Required<ChildKind> & { readonly as: string })[];
  readonly reads: readonly (Kind & { readonly as: string })[];
  readonly related: (parent: KubeObject) => unknown;
  readonly validate: ((parent: KubeObject) => unknown) | undefined;
  readonly sync: (request: SyncRequest<Kind, ChildKinds, RelatedKinds>) => unknown;
  readonly finalize: ((request: SyncRequest<Kind, ChildKinds, RelatedKinds>) => unknown) | undefined;
  readonly retryAtMostSeconds: number;
  readonly timeoutSeconds: number;
}

/**
 * Defines an operator.
 * @throws InvalidInput naming the field
 */
export function defineOperator<
  const P extends Kind,
  const C extends ChildKinds = Record<never, never>,
  const R extends RelatedKinds = Record<never, never>,
>(definition: OperatorDefinition<P, C, R>): Operator {
  checkDefinition(definition);
  const { name, parent, children = {}, reads = {}, related, validate, sync } = definition;
  const { finalize = (sync as { readonly finalize?: typeof definition.finalize }).finalize } = definition;
  const { retryAtMostSeconds = 300, timeoutSeconds = 30 } = definition;
  // The loop gives each handler objects of the kinds that its definition names, which have these types.
  const untyped = { related, validate, sync, finalize } as unknown as Pick<
    Operator,
    "validate" | "sync" | "finalize"
  > & {
    readonly related: Operator["related"] | undefined;
  };
  return {
    name,
    parent: { apiVersion: parent.apiVersion, kind: parent.kind },
    children: Object.entries<ChildKind>(children).map(
      ([as, { apiVersion, kind, update = "apply", view = "whole" }]) => ({
        as,
        apiVersion,
        kind,
        update,
        view,
      }),
    ),
    reads: Object.entries<Kind>(reads).map(([as, { apiVersion, kind }]) => ({ as, apiVersion, kind })),
    related: untyped.related ?? (() => ({})),
    validate: untyped.validate,
    sync: untyped.sync,
    finalize: untyped.finalize,
    retryAtMostSeconds,
    timeoutSeconds,
  };
}
