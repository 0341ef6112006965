import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiVersion, fieldManager } from "../../../crds/names.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";

const vectors = new URL("../../vectors/takeover/", import.meta.url);

/** All objects of two namespaces, as integration-operator left them. */
export function recordedObjects(name: "lifecycle" | "results"): readonly KubeObject[] {
  const list = JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, vectors)), "utf8")) as {
    items: KubeObject[];
  };
  return list.items;
}

/** Puts recorded objects into a cluster, as whoever applied them did, with status, and with the uids that the cluster gives. */
export async function restore(kube: Kube, objects: readonly KubeObject[]): Promise<void> {
  const uids = new Map<string, string>();
  for (const object of objects
    .map(withoutServersOwn)
    .toSorted((a, b) => Number(a.kind === "Plug") - Number(b.kind === "Plug"))) {
    if (object.metadata.name === "kube-root-ca.crt" || object.kind === "ServiceAccount") continue;
    const made = await kube.apply(bare(object), { fieldManager: managerOf(object), force: true });
    uids.set(object.metadata.uid ?? "", made.metadata.uid ?? "");
    if (object["status"] !== undefined && object.apiVersion === apiVersion)
      await kube.replaceStatus({ ...bare(object), metadata: made.metadata, status: renamed(object["status"], uids) });
    if (object.metadata.finalizers !== undefined) {
      await kube.patch(
        { ...object, namespace: object.metadata.namespace, name: object.metadata.name },
        { metadata: { finalizers: object.metadata.finalizers } },
      );
    }
  }
}

/** A Job as it was applied: the API server itself chooses its selector, by its uid. */
function withoutServersOwn(object: KubeObject): KubeObject {
  if (object.kind !== "Job") return object;
  const { labels: _labels, ...metadata } = object.metadata;
  const { selector: _selector, template, ...spec } = JSON.parse(JSON.stringify(object["spec"]));
  return { ...object, metadata, spec: { ...spec, template: { spec: template.spec } } };
}

function managerOf({ metadata }: KubeObject): string {
  const applied = (metadata.managedFields ?? [])
    .filter(({ operation }) => operation === "Apply")
    .map(({ manager }) => manager);
  return applied.includes(fieldManager) ? fieldManager : "user";
}

function bare({ metadata, status: _status, ...rest }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations } = metadata;
  return {
    // An API server leaves empty data out, and yet knows who applied it.
    ...(rest.kind === "ConfigMap" ? { data: {} } : {}),
    ...rest,
    apiVersion: rest.apiVersion,
    kind: rest.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function renamed(status: unknown, uids: ReadonlyMap<string, string>): unknown {
  return JSON.parse(JSON.stringify(status), (key, value: unknown) =>
    key === "uid" && typeof value === "string" ? (uids.get(value) ?? value) : value,
  );
}
