import { setTimeout } from "node:timers/promises";
import { apiVersion } from "../../crds/names.ts";
import {
  AlreadyExists,
  Forbidden,
  KindNotServed,
  OperatorError,
  Throttled,
  Timeout,
  Unavailable,
} from "../../kit/errors.ts";
import type { Kube } from "../../kit/kube/port.ts";
import type { ReadPath } from "../../kit/live/resources/path-reader.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { CommandFailed } from "../report-failure.ts";

export interface PreflightOptions {
  readonly operatorNamespace: string;
  /** The namespaces served; absent: all. */
  readonly namespaces: readonly string[] | undefined;
  /** How it waits, in milliseconds: by a timer that keeps the process alive. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Checks that the cluster answers, serves our kinds and grants our rights; creates the operator's namespace.
 * @throws CommandFailed saying what to do
 */
export async function preflight(kube: Kube, options: PreflightOptions): Promise<void> {
  await explained(options.wait ?? setTimeout, async () => {
    await provideKinds(kube);
    await provideNamespace(kube, options.operatorNamespace);
    await provideRights(kube, options);
  });
}

/** The first minor version of Kubernetes 1 in which constrained impersonation (KEP-5284) is enabled by default. */
const constrainedSince = 36;

/**
 * A warning for clusters without constrained impersonation.
 * Undefined for newer clusters, and if the version may not be read.
 */
export async function sayOlderKubernetes(readPath: ReadPath): Promise<string | undefined> {
  const version = await readVersion(readPath);
  if (version === undefined || version.major > 1 || version.minor >= constrainedSince) return undefined;
  return (
    `this cluster is Kubernetes ${version.major}.${version.minor}, which has no constrained impersonation. Without the right to impersonate service accounts, ` +
    "Plugs wait with Forbidden. Install Plugboard with --set impersonation=legacy (Helm: impersonation.mode=legacy), or use Kubernetes 1.36 or newer"
  );
}

async function readVersion(
  readPath: ReadPath,
): Promise<{ readonly major: number; readonly minor: number } | undefined> {
  try {
    const { major, minor } = Object(await readPath("/version"));
    // Some clouds write `34+`.
    const numbers = { major: Number.parseInt(String(major), 10), minor: Number.parseInt(String(minor), 10) };
    return Number.isNaN(numbers.major) || Number.isNaN(numbers.minor) ? undefined : numbers;
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}

/** An API server that loads a CRD answers 429 for some seconds, for example after an installation. */
const throttledAtMost = 10;

async function explained(
  wait: NonNullable<PreflightOptions["wait"]>,
  work: () => Promise<void>,
  tries = 1,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Throttled && tries < throttledAtMost) {
      await wait((error.retryAfterSeconds ?? 1) * 1_000);
      return explained(wait, work, tries + 1);
    }
    if (error instanceof Unavailable || error instanceof Timeout)
      throw new CommandFailed(
        `${tell(error)}; check that the cluster runs, and that --kubeconfig and --context (or $KUBECONFIG) select it`,
        { cause: error },
      );
    if (error instanceof Forbidden)
      throw new CommandFailed(`Plugboard needs a right that it does not have: ${tell(error)}`, {
        cause: error,
      });
    if (error instanceof OperatorError) throw new CommandFailed(tell(error), { cause: error });
    throw error;
  }
}

async function provideKinds(kube: Kube): Promise<void> {
  try {
    for (const kind of ["Plug", "Socket"]) await kube.served({ apiVersion, kind });
  } catch (error) {
    if (!(error instanceof KindNotServed)) throw error;
    throw new CommandFailed(
      `the cluster does not serve kind ${error.kind} of ${apiVersion}. Install the CRDs first: plugboard crds | kubectl apply --server-side -f -`,
      { cause: error },
    );
  }
}

async function provideNamespace(kube: Kube, name: string): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace" };
  try {
    if ((await kube.getMetadata({ ...namespace, name })) !== undefined) return;
    await kube.create({ ...namespace, metadata: { name } });
  } catch (error) {
    if (error instanceof AlreadyExists) return;
    if (!(error instanceof Forbidden)) throw error;
    // Without the right to read namespaces Plugboard may still work in this one.
    if (await mayWorkIn(kube, name)) return;
    throw new CommandFailed(
      `namespace ${name} (for the Lease and snapshots) does not exist, or Plugboard has no rights in it. Create it (kubectl create namespace ${name}) and grant Plugboard its Role there, or choose another with --operator-namespace`,
      { cause: error },
    );
  }
}

async function mayWorkIn(kube: Kube, namespace: string): Promise<boolean> {
  try {
    await kube.list({ apiVersion: "v1", kind: "Secret", namespace, limit: 1, metadataOnly: true });
    return true;
  } catch (error) {
    if (error instanceof Forbidden) return false;
    throw error;
  }
}

async function provideRights(kube: Kube, { operatorNamespace, namespaces }: PreflightOptions): Promise<void> {
  for (const namespace of namespaces ?? [undefined]) {
    for (const kind of ["Plug", "Socket"])
      await kube.list({ apiVersion, kind, namespace, limit: 1, metadataOnly: true });
  }
  await kube.list({ apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, limit: 1, metadataOnly: true });
  await kube.getMetadata({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    namespace: operatorNamespace,
    name: "plugboard",
  });
}
