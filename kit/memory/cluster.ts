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
  /** Judges service accounts by Roles and bindings; without it they may do everything. */
  readonly rbac?: boolean;
  /** Leaves Jobs as they are; without it they succeed after `jobMilliseconds`. */
  readonly holdJobs?: boolean;
  /** 1,000 by default. */
  readonly jobMilliseconds?: number;
  /** How many changes of each kind a watch may go back; 10,000 by default. */
  readonly keptChanges?: number;
  /** How often watches get a bookmark; 60,000 by default. */
  readonly bookmarkMilliseconds?: number;
}

/** A Kubernetes API in memory, with the controllers that matter to an operator, and with faults at will. */
export interface MemoryCluster {
  /** With all rights; `as` acts as a service account. */
  readonly kube: Kube;
  readonly faults: Faults;
  /** Calls back with every request; the returned function calls it off. */
  onRequest(listener: (request: KubeRequest) => void): () => void;
  /** Applies objects in an order that works, CRDs first, and makes the namespaces they name and nobody made. */
  load(objects: readonly KubeObject[], fieldManager?: string): Promise<void>;
  /**
   * Puts objects there as they were elsewhere, with uid, status, finalizers and managed fields, judged by no rule;
   * their kinds are served already.
   */
  restore(objects: readonly KubeObject[]): void;
  /** Everything there is, by kind, namespace and name. */
  objects(): readonly KubeObject[];
  /** One object as it is now. */
  object(key: ObjectKey): KubeObject | undefined;
  /** Forgets the history of changes: who resumes from before now meets Expired. */
  compact(): void;
  /** Sends every open watch a bookmark now. */
  bookmark(): void;
  /** How many watches are open. */
  openWatches(): number;
  /** Whether every change has been taken by every watch that sees it. */
  quiet(): boolean;
}

/**
 * Makes an empty cluster with the namespaces every cluster has.
 *
 * It keeps the contract suite of the Kube port.
 * What it does not do: built-in kinds have no schemas (a few rules and defaults that users notice stand for them),
 * nothing runs Pods, CEL rules know the language and the functions of cel-js alone, quantities, URLs and ratcheting are
 * not among them.
 * Pages after the first show the objects as they are when the page is asked for.
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
