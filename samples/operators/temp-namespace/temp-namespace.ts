import { defineOperator, type ObjectOf, type Operator } from "plugboard/operator";
import type {} from "./temp-namespace.generated.ts";

const tempNamespace = { apiVersion: "example.com/v1alpha1", kind: "TempNamespace" } as const;
type TempNamespace = ObjectOf<typeof tempNamespace>;

/** For each TempNamespace: a Namespace of the same name, until its time is over. */
const tempNamespaceOperator: Operator = defineOperator({
  name: "temp-namespace-operator",
  parent: tempNamespace,
  children: { namespaces: { apiVersion: "v1", kind: "Namespace" } },
  sync({ parent, children, now }) {
    const endsAt = endOf(parent);
    const status = { namespace: parent.metadata.name, endsAt: new Date(endsAt).toISOString() };
    if (now >= endsAt) {
      const ended = !children.namespaces.exists(parent.metadata.name);
      return { children: [], status: { ...status, ended } };
    }
    return { children: [namespace(parent)], status, resyncAfterSeconds: (endsAt - now) / 1_000 };
  },
});
export default tempNamespaceOperator;

/** Milliseconds since the epoch. */
function endOf({ metadata, spec }: TempNamespace): number {
  return Date.parse(metadata.creationTimestamp ?? "") + spec.lifetimeSeconds * 1_000;
}

function namespace({ metadata: { name }, spec }: TempNamespace) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...spec.labels } } };
}
