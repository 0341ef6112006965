import { crdDocuments } from "../../crds/documents.ts";
import type { Clock } from "../../kit/clock.ts";
import { writeJson } from "../../kit/encoding/exact-json.ts";
import { KindNotServed, OperatorError } from "../../kit/errors.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { CommandFailed } from "../report-failure.ts";
import { type Manifest, manifestFiles, objectName, readManifests } from "./manifest-files.ts";

const fieldManager = "plugboard-dev";

/** The result of applying a set of manifests. */
export interface Applied {
  /** New and edited objects; `known` if the object existed before. */
  readonly applied: readonly { readonly object: KubeObject; readonly known: boolean }[];
  readonly removed: readonly ObjectKey[];
  /** One sentence for each refused object: its place and the reason. */
  readonly problems: readonly string[];
}

interface Known {
  readonly text: string;
  readonly key: ObjectKey;
}

/** Keeps a cluster equal to files: applies new and edited objects, deletes objects that no file has any more. */
export class ManifestSet {
  readonly #kube: Kube;
  #known: ReadonlyMap<string, Known> = new Map();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** Applies CRDs first, then namespaces, then the rest in order; creates missing namespaces. */
  async apply(manifests: readonly Manifest[]): Promise<Applied> {
    const known = new Map<string, Known>();
    const applied: { readonly object: KubeObject; readonly known: boolean }[] = [];
    const problems: string[] = [];
    for (const manifest of manifests.toSorted((one, other) => rank(one.object) - rank(other.object))) {
      const outcome = await this.#applyOne(manifest);
      if (typeof outcome === "string") problems.push(outcome);
      else {
        known.set(keyText(outcome.key), { text: outcome.text, key: outcome.key });
        if (outcome.object !== undefined)
          applied.push({ object: outcome.object, known: this.#known.has(keyText(outcome.key)) });
      }
    }
    const removed = problems.length > 0 ? [] : await this.#removeOthers(known);
    this.#known = problems.length > 0 ? new Map([...this.#known, ...known]) : known;
    return { applied, removed, problems };
  }

  async #applyOne({
    object,
    place,
  }: Manifest): Promise<(Known & { readonly object: KubeObject | undefined }) | string> {
    try {
      const placed = await this.#placed(object);
      const [key, text] = [keyOf(placed), writeJson(placed)];
      if (this.#known.get(keyText(key))?.text === text) return { key, text, object: undefined };
      if (key.namespace !== undefined) await this.#provideNamespace(key.namespace);
      return { key, text, object: await this.#kube.apply(placed, { fieldManager, force: true }) };
    } catch (error) {
      if (error instanceof OperatorError) return `${place}: ${refusal(object, error)}`;
      throw error;
    }
  }

  async #placed(object: KubeObject): Promise<KubeObject> {
    const { namespaced } = await this.#kube.served(object);
    const { namespace, ...metadata } = object.metadata;
    return { ...object, metadata: namespaced ? { ...metadata, namespace: namespace ?? "default" } : metadata };
  }

  async #provideNamespace(name: string): Promise<void> {
    const namespace = { apiVersion: "v1", kind: "Namespace" };
    if ((await this.#kube.getMetadata({ ...namespace, name })) === undefined)
      await this.#kube.create({ ...namespace, metadata: { name } });
  }

  async #removeOthers(known: ReadonlyMap<string, Known>): Promise<readonly ObjectKey[]> {
    const removed = [...this.#known].filter(([name]) => !known.has(name)).map(([, { key }]) => key);
    for (const key of removed.toReversed()) await this.#kube.delete(key);
    return removed;
  }
}

function refusal(object: KubeObject, error: OperatorError): string {
  if (!(error instanceof KindNotServed)) return tell(error);
  return `${objectName(object)} has the unknown kind ${object.kind} of ${object.apiVersion}; add the file of its CustomResourceDefinition, or correct apiVersion and kind`;
}

function rank({ kind }: KubeObject): number {
  if (kind === "CustomResourceDefinition") return 0;
  return kind === "Namespace" ? 1 : 2;
}

/** Which files to load, and the settings of the in-memory cluster. */
export interface FilesCluster {
  readonly paths: readonly string[];
  readonly operatorNamespace: string;
  readonly clock: Clock;
}

/**
 * An in-memory cluster with the objects of files; nothing runs on it.
 * @throws CommandFailed naming all refused objects
 */
export async function clusterOfFiles({ paths, operatorNamespace, clock }: FilesCluster): Promise<MemoryCluster> {
  const { manifests, problems } = readManifests(manifestFiles(paths));
  if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
  const cluster = createMemoryCluster({ clock, holdJobs: true });
  await cluster.load(crdDocuments());
  await cluster.load([{ apiVersion: "v1", kind: "Namespace", metadata: { name: operatorNamespace } }]);
  const outcome = await new ManifestSet(cluster.kube).apply(manifests);
  if (outcome.problems.length > 0) throw new CommandFailed(outcome.problems.join("\n"));
  return cluster;
}
