import type { MissingValues } from "../../../crds/coupling/defaults.ts";
import { apiVersion } from "../../../crds/names.ts";
import { systemClock } from "../../../kit/clock.ts";
import { writeJson } from "../../../kit/encoding/exact-json.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import type { ClusterOptions } from "../../cluster/connect.ts";
import type { Terminal } from "../../invocation.ts";
import { CommandFailed, UsageError } from "../../report-failure.ts";
import { explainDeferredResource } from "./deferred-resource.ts";
import type { Explanation } from "./explanation.ts";
import { explainPlug } from "./plug.ts";
import { printExplanation } from "./print.ts";
import { type Bearings, Reader } from "./reader.ts";
import { explainSocket } from "./socket.ts";

export interface ExplainOptions extends ClusterOptions {
  /** In lower case, singular or plural. */
  readonly kind: string;
  /** `NAME` or `NAMESPACE/NAME`. */
  readonly name: string;
  /** The namespace of a name without one; absent: that of the context, or `default`. */
  readonly namespace: string | undefined;
  /** Couple these in memory, instead of looking at a cluster. */
  readonly files: readonly string[] | undefined;
  readonly holdJobs: boolean;
  readonly rbac: boolean;
  readonly output: "json" | undefined;
  readonly operatorNamespace: string;
  readonly serveNamespaces: readonly string[] | undefined;
  readonly missingValues: MissingValues;
}

/** The object to explain. */
export interface Subject {
  readonly kind: "Plug" | "Socket" | "DeferredResource";
  readonly namespace: string;
  readonly name: string;
}

const kinds: { readonly [name: string]: Subject["kind"] } = {
  plug: "Plug",
  plugs: "Plug",
  socket: "Socket",
  sockets: "Socket",
  deferredresource: "DeferredResource",
  deferredresources: "DeferredResource",
};

/**
 * `plugboard explain`: the state of a plug, a socket or a DeferredResource, its cause, and the party that must act.
 * Writes nothing.
 * The exit code: 0 if it is ready, 1 if it is not.
 * @throws UsageError, CommandFailed if there is no such object
 */
export async function explain(options: ExplainOptions, terminal: Terminal): Promise<number> {
  const explanation =
    options.files === undefined ? await onCluster(options, terminal) : await inMemory(options, terminal);
  terminal.stdout(options.output === "json" ? `${writeJson(explanation, 2)}\n` : printExplanation(explanation));
  return explanation.ready ? 0 : 1;
}

async function onCluster(options: ExplainOptions, { clock = systemClock }: Terminal): Promise<Explanation> {
  const subject = subjectOf(options);
  const { connect } = await import("../../cluster/connect.ts");
  const { kube, namespace } = await connect(options);
  try {
    return await explainOn(kube, subject(namespace ?? "default"), { ...options, now: clock.now() });
  } finally {
    await kube.close();
  }
}

/** Couples the files as `plugboard dev --once` does, then explains the result. */
async function inMemory(options: ExplainOptions, terminal: Terminal): Promise<Explanation> {
  const subject = subjectOf(options);
  const { files = [], holdJobs, rbac, serveNamespaces, missingValues } = options;
  const { coupleFiles } = await import("../../dev/development.ts");
  const { cluster, clock, operatorNamespace } = await coupleFiles(
    files,
    { holdJobs, rbac, serveNamespaces, missingValues },
    terminal,
  );
  return explainOn(cluster.kube, subject("default"), { operatorNamespace, serveNamespaces, now: clock.now() });
}

/** Explains one object. @throws CommandFailed if it does not exist; Forbidden if the caller may not read it */
export async function explainOn(
  kube: Kube,
  { kind, namespace, name }: Subject,
  around: Omit<Bearings, "reader">,
): Promise<Explanation> {
  const reader = new Reader(kube);
  const object = await kube.get({ apiVersion, kind, namespace, name });
  if (object === undefined) throw new CommandFailed(await absence(reader, { kind, namespace, name }));
  const { operatorNamespace, serveNamespaces, now } = around;
  return explainers[kind](object, { reader, operatorNamespace, serveNamespaces, now });
}

const explainers: {
  readonly [kind in Subject["kind"]]: (object: KubeObject, bearings: Bearings) => Promise<Explanation>;
} = { Plug: explainPlug, Socket: explainSocket, DeferredResource: explainDeferredResource };

/** @throws UsageError */
function subjectOf({ kind, name, namespace }: ExplainOptions): (defaultNamespace: string) => Subject {
  const known = Object.hasOwn(kinds, kind.toLowerCase()) ? kinds[kind.toLowerCase()] : undefined;
  if (known === undefined) throw new UsageError(`unknown kind ${kind}; expected plug, socket or deferredresource`);
  const parts = name.split("/");
  if (parts.length > 2 || parts.includes(""))
    throw new UsageError(`${name}: expected NAME or NAMESPACE/NAME, for example shop/orders`);
  const [first = "", second] = parts;
  if (second !== undefined && namespace !== undefined && namespace !== first)
    throw new UsageError(`${name} is in namespace ${first}, but --namespace names ${namespace}; give one of them`);
  return (otherwise) => ({
    kind: known,
    namespace: second === undefined ? (namespace ?? otherwise) : first,
    name: second ?? first,
  });
}

/** Says that the object does not exist, with the names that do. */
async function absence(reader: Reader, { kind, namespace, name }: Subject): Promise<string> {
  const query = { apiVersion, kind, metadataOnly: true };
  const others = (await reader.list(query, "all")) ?? (await reader.list({ ...query, namespace }, "own"));
  const names = (others ?? []).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted();
  const same = names.filter((one) => one.endsWith(`/${name}`));
  const shown = (same.length > 0 ? same : names).slice(0, 10).join(", ");
  const hint = names.length === 0 ? "" : ` There is: ${shown}${names.length > 10 && same.length === 0 ? ", …" : ""}.`;
  return `${kind} ${namespace}/${name} does not exist.${hint}`;
}
