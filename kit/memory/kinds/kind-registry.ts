import { KindNotServed } from "../../errors.ts";
import type { Kind, KubeObject } from "../../kube/port.ts";
import { fieldAt, isMap, listAt, textAt } from "../json.ts";
import { builtInKinds, groupOf, type KindDefinition, qualified } from "./built-in-kinds.ts";
import { customSchema } from "./schema.ts";

/** The resource under which CRDs are stored. */
export const crdResource = "customresourcedefinitions.apiextensions.k8s.io";

/** The finalizer that holds a CRD until the objects of its kind are gone. */
export const crdFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** The kinds that the cluster serves: the built-in ones and those of CRDs. */
export class KindRegistry {
  readonly #byName = new Map<string, KindDefinition>();
  readonly #byResource = new Map<string, KindDefinition>();
  /** The kinds of a CRD in all its versions, served or not. */
  readonly #defined = new Map<string, ReadonlySet<string>>();

  constructor() {
    for (const kind of builtInKinds()) this.#add(kind);
  }

  /** How a kind is served. @throws KindNotServed */
  find({ apiVersion, kind }: Kind): KindDefinition {
    const found = this.#byName.get(nameOf(apiVersion, kind));
    if (found === undefined) throw new KindNotServed(apiVersion, kind, this.#servedIn(apiVersion, kind));
    return found;
  }

  #servedIn(apiVersion: string, kind: string): readonly string[] {
    const kinds = [...this.#byName.values()].filter((one) => one.kind === kind && one.group === groupOf(apiVersion));
    return kinds.map((one) => one.apiVersion);
  }

  /** Whether a kind has that version, served or not. */
  has({ apiVersion, kind }: Kind): boolean {
    const name = nameOf(apiVersion, kind);
    return this.#byName.has(name) || [...this.#defined.values()].some((names) => names.has(name));
  }

  /** The kind stored under a resource. */
  ofResource(resource: string): KindDefinition | undefined {
    return this.#byResource.get(resource);
  }

  /** Serves the kind of a CRD, with its present definition. */
  define(crd: KubeObject): void {
    this.withdraw(crd);
    this.#defined.set(crd.metadata.name, new Set(namesOf(crd)));
    for (const kind of kindsOf(crd)) this.#add(kind);
  }

  /** Stops serving the kind of a CRD. */
  withdraw(crd: KubeObject): void {
    this.#byResource.delete(crd.metadata.name);
    this.#defined.delete(crd.metadata.name);
    for (const [name, kind] of this.#byName) if (kind.resource === crd.metadata.name) this.#byName.delete(name);
  }

  #add(kind: KindDefinition): void {
    this.#byName.set(nameOf(kind.apiVersion, kind.kind), kind);
    if (!this.#byResource.has(kind.resource)) this.#byResource.set(kind.resource, kind);
  }
}

function nameOf(apiVersion: string, kind: string): string {
  return `${apiVersion}/${kind}`;
}

function namesOf(crd: KubeObject): readonly string[] {
  const [group, kind] = [textAt(crd, "spec", "group") ?? "", textAt(crd, "spec", "names", "kind") ?? ""];
  return listAt(crd, "spec", "versions").map((version) => nameOf(`${group}/${textAt(version, "name") ?? ""}`, kind));
}

function kindsOf(crd: KubeObject): readonly KindDefinition[] {
  const group = textAt(crd, "spec", "group") ?? "";
  const plural = textAt(crd, "spec", "names", "plural") ?? "";
  const served = listAt(crd, "spec", "versions").filter((version) => fieldAt(version, "served") === true);
  return served.map((version) => {
    const schema = fieldAt(version, "schema", "openAPIV3Schema");
    return {
      apiVersion: `${group}/${textAt(version, "name") ?? ""}`,
      kind: textAt(crd, "spec", "names", "kind") ?? "",
      group,
      plural,
      resource: qualified(plural, group),
      namespaced: textAt(crd, "spec", "scope") === "Namespaced",
      hasStatus: fieldAt(version, "subresources", "status") !== undefined,
      hasGeneration: true,
      schema: customSchema(isMap(schema) ? schema : {}),
      selectableFields: listAt(version, "selectableFields").flatMap(
        (field) => textAt(field, "jsonPath")?.slice(1) ?? [],
      ),
    };
  });
}
