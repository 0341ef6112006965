import { apiVersion } from "../crds/names.ts";
import type { Clock } from "../kit/clock.ts";
import { Unavailable } from "../kit/errors.ts";
import type { Kube } from "../kit/kube.ts";
import type { ReadPath } from "../kit/live/path-reader.ts";
import type { ClusterOptions } from "./connect.ts";

export interface ServedClusterOptions extends ClusterOptions {
  readonly files: readonly string[] | undefined;
  readonly operatorNamespace: string;
}

/** A cluster that is turned to only when something is asked of it. */
export interface ServedCluster {
  /** Rejected where kubeconfig or files cannot be read; read again the next time. */
  readonly kube: () => Promise<Kube>;
  readonly readPath: ReadPath;
  /** Why no request can be answered; undefined from the first time on that the cluster answered: later outages pass, and each request tells of them. */
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
  const connection = shared(() => open(options, clock));
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
        return error instanceof Error ? error.message : String(error);
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

async function open({ files, operatorNamespace, ...cluster }: ServedClusterOptions, clock: Clock): Promise<Connection> {
  if (files !== undefined) {
    const { clusterOfFiles } = await import("./files-cluster.ts");
    const { kube } = await clusterOfFiles({ paths: files, operatorNamespace, clock });
    const readPath = () => Promise.reject(new Unavailable("a cluster in memory has no such path"));
    return { kube, readPath, close: async () => {} };
  }
  const { connect } = await import("./connect.ts");
  const { kube } = await connect(cluster);
  return { kube, readPath: kube.readPath, close: () => kube.close() };
}

/** Work that is begun once, for all who need it; what failed is begun anew for the next. */
function shared<Result>(
  work: () => Promise<Result>,
): (() => Promise<Result>) & { readonly begun: () => Promise<Result> | undefined } {
  let begun: Promise<Result> | undefined;
  const get = (): Promise<Result> => {
    if (begun !== undefined) return begun;
    const mine = work();
    begun = mine;
    mine.catch(() => {
      if (begun === mine) begun = undefined;
    });
    return mine;
  };
  return Object.assign(get, { begun: () => begun });
}
