import type { ManagedFieldsEntry, ObjectMeta } from "../kube/port.ts";

/**
 * The finalizers that keep a deleted object, in words for people; undefined if it has none.
 * A finalizer from an applied manifest is counted, not named: a template can make it from a secret.
 */
export function heldBy({ finalizers = [], managedFields = [] }: ObjectMeta): string | undefined {
  if (finalizers.length === 0) return undefined;
  const applied = managedFields.filter(({ operation }) => operation === "Apply").flatMap(finalizersIn);
  const named = managedFields.length === 0 ? [] : finalizers.filter((finalizer) => !applied.includes(finalizer));
  const others = finalizers.length - named.length;
  const counted = others === 0 ? [] : [`${others} of its own manifest`];
  return `finalizers: ${[...named, ...counted].join(", ")}`;
}

function finalizersIn({ fieldsV1 }: ManagedFieldsEntry): readonly unknown[] {
  const items = fieldsAt(fieldsAt(fieldsV1, "f:metadata"), "f:finalizers");
  return Object.keys(items).flatMap((item) => (item.startsWith("v:") ? [JSON.parse(item.slice(2))] : []));
}

function fieldsAt(fields: unknown, name: string): object {
  const found: unknown = typeof fields === "object" && fields !== null ? Reflect.get(fields, name) : undefined;
  return typeof found === "object" && found !== null ? found : {};
}
