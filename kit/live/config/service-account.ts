import { access, readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { isIPv6 } from "node:net";
import { join } from "node:path";

/** The folder of the kubelet for the credentials of a Pod. */
const kubeletFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The data that the kubelet gives to a container. */
export interface PodSurroundings {
  readonly environment: { readonly [name: string]: string | undefined };
  readonly folder?: string | undefined;
}

/**
 * The service account of the Pod, as a configuration; undefined outside of a Pod.
 * The token is read at each use, because the kubelet replaces it.
 * Does not need the Kubernetes client, whose configuration part would delay the start of a function.
 */
export async function serviceAccountConfig({
  environment,
  folder = kubeletFolder,
}: PodSurroundings): Promise<ServiceAccountConfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port || !(await exists(join(folder, "token")))) return undefined;
  return new ServiceAccountConfig(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`, folder);
}

/** One cluster and one user, read from files. */
export class ServiceAccountConfig {
  readonly #server: string;
  readonly #folder: string;

  constructor(server: string, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  getCurrentContext(): string {
    return "in-cluster";
  }

  getCurrentCluster(): { readonly server: string } {
    return { server: this.#server };
  }

  async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    const [token, ca] = await Promise.all([this.#read("token"), this.#read("ca.crt")]);
    options.ca = ca;
    options.headers = { authorization: `Bearer ${token.trim()}` };
  }

  #read(file: string): Promise<string> {
    return readFile(join(this.#folder, file), "utf8");
  }
}

/** Whether the file exists and may be read. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
