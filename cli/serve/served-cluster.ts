import { apiVersion } from "../../crds/names.ts";
import type { Clock } from "../../kit/clock.ts";
import { Unavailable } from "../../kit/errors.ts";
import type { Kube } from "../../kit/kube/port.ts";
import type { ReadPath } from "../../kit/live/resources/path-reader.ts";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import { shared } from "../../kit/shared.ts";
import type { ClusterOptions } from "../cluster/connect.ts";

export interface ServedClusterOptions extends ClusterOptions {
  readonly files: readonly string[] | undefined;
  readonly operatorNamespace: string;
}

/** A cluster that is connected when first needed. */
export interface ServedCluster {
  /** Rejected if kubeconfig or files cannot be read; the next call reads them again. */
  readonly kube: () => Promise<Kube>;
  readonly readPath: ReadPath;
  /**
   * Why no request can be answered.
   * Undefined after the first answer of the cluster: later outages pass, and each request reports them.
   */
  readonly unready: () => Promise<string | undefined>;
  close(): Promise<void>;
}

interface Connection {
  readonly kube: Kube;
  readonly readPath: ReadPath;
  close(): Promise<void>;
}

/** Names the cluster of flags, environment and kubeconfig, or one in memory. */
export function toCluster(options: ServedClusterOptions, clock: Clock): ServedCluster {
  const connection = shared(() => open(options, clock).catch(failLater));
  const contact = shared(async () => {
    const { kube } = await connection();
    await kube.served({ apiVersion, kind: "Plug" });
  });
  return {
    kube: async () => (await connection()).kube,
    readPath: async (path) => (await connection()).readPath(path),
    async unready() {
      try {
        await contact();
        return undefined;
      } catch (error) {
        return tellThrown(error);
      }
    },
    async close() {
      await connection.begun()?.then(
        ({ close }) => close(),
        () => {},
      );
    },
  };
}

/** A missing file may appear later, so callers must retry: an edit of the object does not help. */
function failLater(cause: unknown): never {
  throw new Unavailable(tellThrown(cause), { cause });
}

/** A cluster in memory, which is always there. */
export function clusterInMemory(kube: Kube): ServedCluster {
  return { kube: async () => kube, readPath: readNoPath, unready: async () => undefined, close: async () => {} };
}

async function readNoPath(): Promise<never> {
  throw new Unavailable("the in-memory cluster has no such path");
}

async function open({ files, operatorNamespace, ...cluster }: ServedClusterOptions, clock: Clock): Promise<Connection> {
  if (files !== undefined) {
    const { clusterOfFiles } = await import("../cluster/manifest-set.ts");
    const { kube } = await clusterOfFiles({ paths: files, operatorNamespace, clock });
    return { kube, readPath: readNoPath, close: async () => {} };
  }
  const { connect } = await import("../cluster/connect.ts");
  const { kube } = await connect(cluster);
  return { kube, readPath: kube.readPath, close: () => kube.close() };
}
