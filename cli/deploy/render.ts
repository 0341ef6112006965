import type { KubeObject } from "../../kit/kube/port.ts";
import { type ObjectFormat, printObjects } from "../print-objects.ts";
import { evaluate, isFields, isList, type PlainFields, valueAt } from "./blueprint/evaluate.ts";
import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { sections } from "./manifests.ts";
import { defaultValues, describeKeys, type Target, withSettings } from "./values/values.ts";

export interface Wanted {
  readonly target: Target;
  /** The arguments of `--set`: `KEY=VALUE`. */
  readonly settings: readonly string[];
}

const usualNamespace = "plugboard";

/** A manifest without holes. */
export type Manifest = PlainFields & KubeObject;

/** The manifests of a target. @throws UsageError for an invalid setting */
export function renderManifests(descriptor: Descriptor, { target, settings }: Wanted): readonly Manifest[] {
  const namespaces = settings.filter((one) => one.startsWith("namespace="));
  const others = settings.filter((one) => !one.startsWith("namespace="));
  const namespace = namespaces.at(-1)?.slice("namespace=".length) ?? usualNamespace;
  const values = { ...withSettings(defaultValues(descriptor), others), target };
  return sections(descriptor).flatMap(({ documents }) => {
    const plain = evaluate(documents, { namespace, values });
    return isList(plain) ? plain.filter(isFields).map(parseManifest) : [];
  });
}

function parseManifest(fields: PlainFields): Manifest {
  if (isManifest(fields)) return fields;
  throw new Error(`a manifest lacks apiVersion, kind or metadata.name: ${JSON.stringify(fields).slice(0, 200)}`);
}

function isManifest(fields: PlainFields): fields is Manifest {
  const { apiVersion, kind, metadata } = fields;
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    isFields(metadata) &&
    typeof metadata["name"] === "string"
  );
}

/** `plugboard manifests`: all manifests of an installation; with `--set help`, all keys. @throws UsageError */
export function printManifests(wanted: Wanted, format: ObjectFormat): string {
  const descriptor = readDescriptor();
  if (wanted.settings.includes("help")) return describeKeys(defaultValues(descriptor));
  return printObjects(renderManifests(descriptor, wanted), format);
}

/** Note for an installation on Knative: who can call the functions. */
export const openFunctions: string =
  "Every Pod of the cluster can call the functions through Knative's activator. To accept only the calls of their Triggers, set oidc.audience " +
  "and enable authentication-oidc and transport-encryption in ConfigMap config-features of namespace knative-eventing (docs/running/knative.md).";

/** Note for a cluster that may be older than Kubernetes 1.36. */
export const newerKubernetes: string =
  "Needs Kubernetes 1.36 or newer. For an older cluster set impersonation.mode=legacy, and config.namespaces if you can (docs/security.md).";

/** The notes that are printed with the manifests. */
export function notesFor({ target, settings }: Wanted): readonly string[] {
  const own = settings.filter((setting) => !setting.startsWith("namespace="));
  const values = withSettings(defaultValues(readDescriptor()), own);
  return [
    ...(target === "knative" && valueAt(values, ["oidc", "audience"]) === "" ? [openFunctions] : []),
    ...(valueAt(values, ["impersonation", "mode"]) === "constrained" ? [newerKubernetes] : []),
  ];
}
