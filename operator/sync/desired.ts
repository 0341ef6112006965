import { createHash } from "node:crypto";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { isSecret } from "../../kit/outlet/outlet.ts";
import { InvalidResult } from "../definition/failures.ts";
import { kindText } from "../definition/kinds.ts";
import type { Names } from "../definition/names.ts";
import type { ChildKind, Operator } from "../definition/operator.ts";
import { requireObject } from "./call.ts";
import { sorted } from "./parent.ts";
import { placeOf } from "./record.ts";

/** A child as it should be, ready to be applied. */
export interface Desired {
  readonly declared: Required<ChildKind> & { readonly as: string };
  readonly object: KubeObject;
  /** The digest of what the handler returned. Secret objects do not carry it. */
  readonly digest: string;
}

export interface Placing {
  readonly operator: Operator;
  readonly names: Names;
  readonly parent: KubeObject;
  /** The declared kinds that are namespaced, as texts. */
  readonly namespaced: ReadonlySet<string>;
}

/** The declared kinds of children that are namespaced. @throws KindNotServed */
export async function namespacedKinds(kube: Kube, { children }: Operator): Promise<ReadonlySet<string>> {
  const served = await Promise.all(
    children.map(async (kind) => ({ ...(await kube.served(kind)), text: kindText(kind) })),
  );
  return new Set(served.filter(({ namespaced }) => namespaced).map(({ text }) => text));
}

/** Makes children of what a handler returned. @throws InvalidResult naming the child */
export function desiredChildren(placing: Placing, returned: readonly unknown[]): readonly Desired[] {
  const seen = new Set<string>();
  return returned.map((value, index) => {
    const desired = desiredChild(placing, value, `children[${index}]`);
    const { kind, metadata } = desired.object;
    const key = `${desired.declared.as} ${placeOf(metadata)}`;
    if (seen.has(key)) throw new InvalidResult(`children[${index}]: ${kind} ${metadata.name} is returned twice`);
    seen.add(key);
    return desired;
  });
}

/** Makes one child. @throws InvalidResult */
export function desiredChild(placing: Placing, value: unknown, at: string): Desired {
  const { operator, names, parent, namespaced } = placing;
  const given = requireObject(value, at);
  const declared = operator.children.find((one) => kindText(one) === kindText(given));
  if (declared === undefined)
    throw new InvalidResult(`${at}: ${kindText(given)} is not among the declared kinds of children`);
  const namespace = namespaceOf(given, { at, parent, namespaced: namespaced.has(kindText(given)) });
  return childOf(given, { declared, names, parent, namespace });
}

/** Garbage collection allows owners only in the same namespace, or without one. @throws InvalidResult */
function namespaceOf(
  { kind, metadata }: KubeObject,
  { at, parent, namespaced }: { readonly at: string; readonly parent: KubeObject; readonly namespaced: boolean },
): string | undefined {
  const home = parent.metadata.namespace;
  const { namespace = home, name } = metadata;
  if (!namespaced) {
    if (home === undefined) return undefined;
    throw new InvalidResult(`${at}: ${kind} ${name} is cluster-scoped, so a parent in a namespace cannot own it`);
  }
  if (namespace === undefined)
    throw new InvalidResult(`${at}.metadata.namespace: expected a namespace, because the parent has none`);
  if (home !== undefined && namespace !== home)
    throw new InvalidResult(
      `${at}: ${kind} ${name} is in namespace ${namespace}; a parent owns children of its own namespace, ${home}`,
    );
  return namespace;
}

function childOf(
  { metadata: given, ...fields }: KubeObject,
  {
    declared,
    names,
    parent,
    namespace,
  }: Pick<Desired, "declared"> & {
    readonly names: Names;
    readonly parent: KubeObject;
    readonly namespace: string | undefined;
  },
): Desired {
  const { name, labels = {}, annotations = {}, finalizers, ownerReferences = [] } = given;
  const { apiVersion, kind, metadata } = parent;
  const { uid = "" } = metadata;
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted({ ...fields, name, labels, annotations, finalizers, ownerReferences })))
    .digest("base64url")
    .slice(0, 16);
  const mark = isSecret(fields) ? {} : { [names.desired]: digest };
  const owner = { apiVersion, kind, name: metadata.name, uid, controller: true, blockOwnerDeletion: true };
  const others = ownerReferences.filter((reference) => reference.uid !== uid);
  return {
    declared,
    digest,
    object: {
      ...fields,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, [names.parentUid]: uid },
        ...(Object.keys({ ...annotations, ...mark }).length === 0 ? {} : { annotations: { ...annotations, ...mark } }),
        ...(finalizers === undefined ? {} : { finalizers }),
        ownerReferences: [...others, owner],
      },
    },
  };
}
