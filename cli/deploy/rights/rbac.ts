import { parseDeferredResource } from "../../../crds/deferred-resource/parse.ts";
import { crdDocuments } from "../../../crds/documents.ts";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import { parseSocket } from "../../../crds/socket/parse.ts";
import { type Clock, systemClock } from "../../../kit/clock.ts";
import { KindNotServed } from "../../../kit/errors.ts";
import type { Kube, KubeObject, ServedKind } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { manifestFiles, readManifests } from "../../cluster/manifest-files.ts";
import type { Terminal } from "../../invocation.ts";
import { type ObjectFormat, printObjects } from "../../print-objects.ts";
import { CommandFailed } from "../../report-failure.ts";
import { type NeededRight, type NeededRights, rightsOf, rightsOfDeferred } from "./needed-rights.ts";
import { peoplesRoles } from "./people-roles.ts";

export interface RbacOptions {
  /** Absent: the ClusterRoles for people are printed. */
  readonly paths: readonly string[] | undefined;
  /** The namespace of manifests that have none. Only the roles of this namespace are printed. */
  readonly namespace: string | undefined;
  readonly output: ObjectFormat;
}

/**
 * `plugboard rbac`: prints the roles that service accounts need for the objects of files.
 * The exit code: 1 if a kind is known only after rendering.
 */
export async function rbac({ paths, namespace, output }: RbacOptions, terminal: Terminal): Promise<number> {
  if (paths === undefined) {
    terminal.stdout(printObjects(peoplesRoles(), output));
    return 0;
  }
  const { manifests, problems } = readManifests(manifestFiles(paths));
  if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
  const objects = manifests.map(({ object }) => object);
  const kube = await kindsKnownBy(objects, terminal.clock ?? systemClock);
  const needs = objects
    .filter((object) => object.apiVersion === apiVersion)
    .map((object) => needsOf(object, namespace));
  const rights = needs
    .flatMap((need) => need.rights)
    .filter((right) => (namespace ?? right.namespace) === right.namespace);
  const roles = await rolesFor(kube, rights, terminal.stderr);
  terminal.stdout(printObjects(roles, output));
  const unclear = needs.flatMap((need) => need.unclear);
  for (const place of unclear)
    terminal.stderr(
      `${place}: apiVersion and kind are templates, so these roles do not include its rights; add them by hand\n`,
    );
  return unclear.length === 0 ? 0 : 1;
}

/** An empty cluster that serves the kinds whose CRDs are among the objects. */
async function kindsKnownBy(objects: readonly KubeObject[], clock: Clock): Promise<Kube> {
  const cluster = createMemoryCluster({ clock, holdJobs: true });
  await cluster.load([...crdDocuments(), ...objects.filter(({ kind }) => kind === "CustomResourceDefinition")]);
  return cluster.kube;
}

function needsOf(object: KubeObject, otherwise: string | undefined): NeededRights {
  const { namespace = otherwise ?? "default", name } = object.metadata;
  const stored = { ...object, metadata: { ...object.metadata, namespace, uid: "", resourceVersion: "" } };
  const needed = neededBy(stored);
  return { ...needed, unclear: needed.unclear.map((place) => `${object.kind} ${namespace}/${name} ${place}`) };
}

function neededBy(object: KubeObject): NeededRights {
  if (object.kind === "Plug") return rightsOf(parsePlug(object));
  if (object.kind === "Socket") return rightsOf(parseSocket(object));
  return rightsOfDeferred(parseDeferredResource(object));
}

const group = "rbac.authorization.k8s.io";

async function rolesFor(
  kube: Kube,
  rights: readonly NeededRight[],
  warn: (text: string) => void,
): Promise<readonly KubeObject[]> {
  const byAccount = Map.groupBy(rights, ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`);
  const roles: KubeObject[] = [];
  for (const [, own] of [...byAccount].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const [first] = own;
    if (first === undefined) continue;
    const served = await Promise.all(own.map(async (right) => ({ right, kind: await servedAs(kube, right, warn) })));
    for (const namespaced of [true, false]) {
      const concerned = served.filter(({ kind }) => kind.namespaced === namespaced);
      if (concerned.length > 0) roles.push(...roleAndBinding(first, rulesOf(concerned), namespaced));
    }
  }
  return roles;
}

/** How a kind is served. If its CRD is not among the files, its plural is guessed by the usual rule. */
async function servedAs(
  kube: Kube,
  { apiVersion: version, kind }: NeededRight,
  warn: (text: string) => void,
): Promise<ServedKind> {
  try {
    return await kube.served({ apiVersion: version, kind });
  } catch (error) {
    if (!(error instanceof KindNotServed)) throw error;
    const plural = /[sxz]$|[cs]h$/i.test(kind) ? `${kind}es` : kind.replace(/([^aeiou])y$/i, "$1ie").concat("s");
    warn(
      `kind ${kind} of ${version} has no CRD in these files: Plugboard assumes the namespaced resource ${plural.toLowerCase()}; add the CRD with -f to be sure\n`,
    );
    return { apiVersion: version, kind, plural: plural.toLowerCase(), namespaced: true, hasStatus: false };
  }
}

interface Served {
  readonly right: NeededRight;
  readonly kind: ServedKind;
}

const verbOrder = ["get", "create", "patch", "delete"];

/** One rule for each API group and set of verbs. */
function rulesOf(served: readonly Served[]): readonly object[] {
  const verbs = new Map<
    string,
    { readonly apiGroup: string; readonly resource: string; readonly verbs: Set<string> }
  >();
  for (const { right, kind } of served) {
    const apiGroup = kind.apiVersion.includes("/") ? (kind.apiVersion.split("/")[0] ?? "") : "";
    const name = `${apiGroup}/${kind.plural}`;
    const known = verbs.get(name) ?? { apiGroup, resource: kind.plural, verbs: new Set() };
    for (const verb of right.verbs) known.verbs.add(verb);
    verbs.set(name, known);
  }
  const alike = Map.groupBy(
    verbs.values(),
    (one) => `${one.apiGroup} ${verbOrder.filter((verb) => one.verbs.has(verb)).join(",")}`,
  );
  return [...alike]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, group]) => ({
      apiGroups: [group[0]?.apiGroup ?? ""],
      resources: group.map(({ resource }) => resource).toSorted(),
      verbs: verbOrder.filter((verb) => group[0]?.verbs.has(verb)),
    }));
}

function roleAndBinding(
  { namespace, serviceAccount }: NeededRight,
  rules: readonly object[],
  namespaced: boolean,
): readonly KubeObject[] {
  const name = namespaced ? `plugboard-${serviceAccount}` : `plugboard-${namespace}-${serviceAccount}`;
  const metadata = namespaced ? { name, namespace } : { name };
  const kind = namespaced ? "Role" : "ClusterRole";
  const subjects = [{ kind: "ServiceAccount", name: serviceAccount, namespace }];
  return [
    { apiVersion: `${group}/v1`, kind, metadata, rules },
    { apiVersion: `${group}/v1`, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: group, kind, name }, subjects },
  ];
}
