import type { Descriptor } from "./descriptor.ts";
import { evaluate, isFields, isList, type PlainFields } from "./evaluate.ts";
import { sections } from "./manifests.ts";
import { defaultValues, type Target, withSettings } from "./values.ts";

export interface Wanted {
  readonly target: Target;
  /** `KEY=VALUE`, as `--set` has them. */
  readonly settings: readonly string[];
}

const usualNamespace = "plugboard";

/** The manifests of a target, every hole filled. @throws UsageError where a setting is none */
export function renderManifests(descriptor: Descriptor, { target, settings }: Wanted): readonly PlainFields[] {
  const namespaces = settings.filter((one) => one.startsWith("namespace="));
  const others = settings.filter((one) => !one.startsWith("namespace="));
  const namespace = namespaces.at(-1)?.slice("namespace=".length) ?? usualNamespace;
  const values = { ...withSettings(defaultValues(descriptor), others), target };
  return sections(descriptor).flatMap(({ documents }) => {
    const plain = evaluate(documents, { namespace, values });
    return isList(plain) ? plain.filter(isFields) : [];
  });
}
