import { crdDocuments } from "../../../crds/documents.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";

/** CRDs under our names that take whatever is written, as those may be that a cluster has today; `selectable` by the fields that we select by. */
export function permissiveCrds(selectable: boolean): readonly KubeObject[] {
  return crdDocuments().map((crd) => {
    const { conversion: _conversion, ...spec } = JSON.parse(JSON.stringify(crd["spec"]));
    const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const openAPIV3Schema = { type: "object", properties: { spec: anything, status: anything } };
    const versions = spec.versions.map(
      ({ name, served, storage, subresources, selectableFields }: { readonly [field: string]: unknown }) => ({
        ...{ name, served, storage, subresources, schema: { openAPIV3Schema } },
        ...(selectable ? { selectableFields } : {}),
      }),
    );
    return { ...crd, spec: { ...spec, versions } };
  });
}
