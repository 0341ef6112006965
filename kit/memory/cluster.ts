import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { interceptedKube, type KubeRequest } from "../kube/intercept.ts";
import type { Kube, KubeObject, ObjectKey } from "../kube/port.ts";
import { completeJobs, endNamespaces, serveCustomResources } from "./controllers/controllers.ts";
import { collectGarbage } from "./controllers/garbage-collection.ts";
import { Faults } from "./faults.ts";
import { overTheWire, parseObject } from "./json.ts";
import { crdResource, KindRegistry } from "./kinds/kind-registry.ts";
import { MemoryKube } from "./memory-kube.ts";
import { roleBasedAccess } from "./requests/rbac.ts";
import { type Server, stored } from "./server.ts";
import { ObjectWriter } from "./storage/object-writer.ts";
import { Store } from "./storage/store.ts";
import { WatchHistory } from "./storage/watch-history.ts";

export interface MemoryClusterOptions {
  readonly clock: Clock;
  /** Checks Roles and bindings of service accounts; without it, they may do everything. */
  readonly rbac?: boolean;
  /** Leaves Jobs unchanged; without it, they succeed after `jobMilliseconds`. */
  readonly holdJobs?: boolean;
  /** 1,000 by default. */
  readonly jobMilliseconds?: number;
  /** The number of changes of each kind from which a watch can continue; 10,000 by default. */
  readonly keptChanges?: number;
  /** The interval of bookmarks, in milliseconds; 60,000 by default. */
  readonly bookmarkMilliseconds?: number;
}

/** A Kubernetes API in memory, with the controllers that matter to an operator, and with injected faults. */
export interface MemoryCluster {
  /** A client with all rights; `as` acts as a service account. */
  readonly kube: Kube;
  readonly faults: Faults;
  /** Calls back for every request; the returned function cancels it. */
  onRequest(listener: (request: KubeRequest) => void): () => void;
  /** Applies objects, CRDs first, and creates the namespaces that they name and that do not exist. */
  load(objects: readonly KubeObject[], fieldManager?: string): Promise<void>;
  /**
   * Stores objects as they were elsewhere, with uid, status, finalizers and managed fields, without checks.
   * Their kinds must be served already.
   */
  restore(objects: readonly KubeObject[]): void;
  /** All objects, by kind, namespace and name. */
  objects(): readonly KubeObject[];
  /** The present version of one object; undefined if it does not exist. */
  object(key: ObjectKey): KubeObject | undefined;
  /** Forgets the history of changes: a watch from an earlier version gets Expired. */
  compact(): void;
  /** Sends every open watch a bookmark now. */
  bookmark(): void;
  /** The number of open watches. */
  openWatches(): number;
  /** Whether every watch has received every change. */
  quiet(): boolean;
}

/**
 * Makes an empty cluster with the namespaces that every cluster has.
 * It passes the contract suite of the Kube port.
 * Limits: built-in kinds have no schemas, only the rules and defaults that users notice.
 * No Pod runs.
 * CEL rules use the language and functions of cel-js only, without quantities, URLs and ratcheting.
 * Pages after the first show the objects at the time of the request.
 */
export function createMemoryCluster(options: MemoryClusterOptions): MemoryCluster {
  const server = startServer(options);
  const faults = new Faults(server.history, server.kinds, options.clock);
  const direct = new MemoryKube(server);
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) seedNamespace(server, name);
  return {
    kube: interceptedKube(direct, faults.intercept),
    faults,
    onRequest: (listener) => faults.onRequest(listener),
    load: (objects, fieldManager = "loader") => load(direct, objects, fieldManager),
    restore: (objects) => restore(server, objects),
    object: (key) => stored(server, server.kinds.find(key), key),
    objects: () =>
      server.store
        .resources()
        .toSorted()
        .flatMap((resource) => server.store.list(resource)),
    compact: () => server.history.compact(),
    bookmark: () => server.history.bookmark(),
    openWatches: () => server.history.open,
    quiet: () => server.history.quiet,
  };
}

function startServer(options: MemoryClusterOptions): Server {
  const { clock, keptChanges = 10_000, bookmarkMilliseconds = 60_000 } = options;
  const store = new Store();
  const server: Server = {
    store,
    kinds: new KindRegistry(),
    writer: new ObjectWriter(store, clock),
    history: new WatchHistory(store, { clock, kept: keptChanges, bookmarkMilliseconds }),
    authorize: options.rbac === true ? roleBasedAccess(store) : () => {},
  };
  serveCustomResources(server);
  endNamespaces(server);
  collectGarbage(server);
  if (options.holdJobs !== true) completeJobs(server, clock, options.jobMilliseconds ?? 1000);
  return server;
}

function seedNamespace({ kinds, writer }: Server, name: string): void {
  const namespace = { apiVersion: "v1", kind: "Namespace" };
  const labels = { "kubernetes.io/metadata.name": name };
  const object = {
    ...namespace,
    metadata: { name, labels },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
  writer.insert(kinds.find(namespace), { object, managers: [] });
}

function restore({ kinds, store, writer }: Server, objects: readonly KubeObject[]): void {
  for (const object of objects) {
    const { hasGeneration, resource } = kinds.find(object);
    const made = { uid: randomUUID(), creationTimestamp: writer.now(), ...(hasGeneration ? { generation: 1 } : {}) };
    const copy = parseObject(overTheWire(object));
    store.put(resource, { ...copy, metadata: { ...made, ...copy.metadata } });
  }
}

async function load(kube: Kube, objects: readonly KubeObject[], fieldManager: string): Promise<void> {
  for (const object of objects.toSorted((one, other) => rank(one) - rank(other))) {
    const { namespace } = object.metadata;
    if (namespace !== undefined) await provideNamespace(kube, namespace);
    await kube.apply(object, { fieldManager, force: true });
  }
}

async function provideNamespace(kube: Kube, name: string): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace" };
  if ((await kube.getMetadata({ ...namespace, name })) === undefined)
    await kube.create({ ...namespace, metadata: { name } });
}

function rank({ apiVersion, kind }: KubeObject): number {
  if (kind === "CustomResourceDefinition" && crdResource.endsWith(apiVersion.split("/")[0] ?? "")) return 0;
  return kind === "Namespace" ? 1 : 2;
}
