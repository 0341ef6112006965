import { Forbidden, Unavailable } from "../errors.ts";
import type { Kube, KubeObject, ObjectKey, ServiceAccountName, WatchEvent, WatchQuery } from "./port.ts";

/** One call on the Kube port. */
export interface KubeRequest {
  readonly verb:
    | "served"
    | "get"
    | "getMetadata"
    | "list"
    | "watch"
    | "create"
    | "apply"
    | "patch"
    | "replaceStatus"
    | "delete";
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** The service account of the call; absent for the operator's own. */
  readonly as?: ServiceAccountName | undefined;
  /** Whether it may change something. */
  readonly write: boolean;
}

/** Wraps a call: performs it, or throws before or after. For a watch, it wraps only the opening. */
export type Intercept = <T>(request: KubeRequest, perform: () => Promise<T>) => Promise<T>;

/** The same cluster, with every call passing through `intercept`, also those made as a service account. */
export function interceptedKube(kube: Kube, intercept: Intercept, as?: ServiceAccountName): Kube {
  const read = (verb: KubeRequest["verb"], of: Partial<ObjectKey> & WithKind): KubeRequest =>
    requestOf(verb, of, as, false);
  const write = (verb: KubeRequest["verb"], of: Partial<ObjectKey> & WithKind): KubeRequest =>
    requestOf(verb, of, as, true);
  return {
    served: (kind) => intercept(read("served", kind), () => kube.served(kind)),
    get: (key) => intercept(read("get", key), () => kube.get(key)),
    getMetadata: (key) => intercept(read("getMetadata", key), () => kube.getMetadata(key)),
    list: (query) => intercept(read("list", query), () => kube.list(query)),
    create: (object, options) => intercept(write("create", keyed(object)), () => kube.create(object, options)),
    apply: (object, options) => intercept(write("apply", keyed(object)), () => kube.apply(object, options)),
    patch: (key, patch) => intercept(write("patch", key), () => kube.patch(key, patch)),
    replaceStatus: (object) => intercept(write("replaceStatus", keyed(object)), () => kube.replaceStatus(object)),
    delete: (key, options) => intercept(write("delete", key), () => kube.delete(key, options)),
    watch: (query) => opened(kube, query, (open) => intercept(read("watch", query), open)),
    as: (serviceAccount) => interceptedKube(kube.as(serviceAccount), intercept, serviceAccount),
  };
}

/** The state of a process that stops at a write. */
export interface Death {
  readonly intercept: Intercept;
  /** Whether the write was reached. */
  died(): boolean;
  /** The number of writes so far. */
  writes(): number;
}

/**
 * Stops at the n-th write (the first is 1), before or after it takes effect.
 * That call and every later one throws Unavailable.
 */
export function deathAt(write: number, moment: "before" | "after"): Death {
  let [writes, dead] = [0, false];
  const die = (request: KubeRequest): never => {
    dead = true;
    throw new Unavailable(`the process died at ${request.verb} of ${request.kind} ${request.name ?? ""}`);
  };
  return {
    died: () => dead,
    writes: () => writes,
    async intercept(request, perform) {
      if (dead) die(request);
      if (request.write) writes += 1;
      const due = request.write && writes === write;
      if (due && moment === "before") die(request);
      if (due) dead = true;
      const result = await perform();
      return due ? die(request) : result;
    },
  };
}

interface WithKind {
  readonly apiVersion: string;
  readonly kind: string;
}

function requestOf(
  verb: KubeRequest["verb"],
  of: Partial<ObjectKey> & WithKind,
  as: ServiceAccountName | undefined,
  write: boolean,
): KubeRequest {
  const { apiVersion, kind, namespace, name } = of;
  return { verb, apiVersion, kind, namespace, name, as, write };
}

function keyed({ apiVersion, kind, metadata }: KubeObject): ObjectKey {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

async function* opened(
  kube: Kube,
  query: WatchQuery,
  through: (open: () => Promise<AsyncIterable<WatchEvent>>) => Promise<AsyncIterable<WatchEvent>>,
): AsyncGenerator<WatchEvent> {
  yield* await through(async () => kube.watch(query));
}

/** The same cluster, without writes. */
export function readOnly(kube: Kube): Kube {
  return interceptedKube(kube, async (request, perform) => {
    if (request.write) throw new Forbidden(`a dry run writes nothing, not even ${request.kind} ${request.name}`);
    return await perform();
  });
}

/** A write that took effect. */
export interface Written {
  readonly request: KubeRequest;
  /** The object after the write; absent for deletions. */
  readonly object: KubeObject | undefined;
}

/** The same cluster; `hear` is called for every write that took effect, in order. */
export function observedKube(kube: Kube, hear: (written: Written) => void): Kube {
  return interceptedKube(kube, async (request, perform) => {
    const result = await perform();
    if (request.write) hear({ request, object: isObject(result) ? result : undefined });
    return result;
  });
}

/** The same cluster until the signal is aborted. After that, every call fails. */
export function fencedKube(kube: Kube, signal: AbortSignal, refusal: () => Error): Kube {
  return interceptedKube(kube, async (_request, perform) => {
    if (signal.aborted) throw refusal();
    return await perform();
  });
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === "object" && value !== null && "metadata" in value && "kind" in value;
}
