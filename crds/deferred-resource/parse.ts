import { withDeferredFields } from "../parsing/former-status.ts";
import { parseStored, storedKind } from "../parsing/parse-stored.ts";
import { type DeferredResource, deferredResourceSchema } from "./deferred-resource.generated.ts";

const stored = storedKind("DeferredResource", deferredResourceSchema);

/** The DeferredResource as its types have it. Fields that no schema names are ignored. @throws InvalidInput naming every field that is wrong */
export function parseDeferredResource(object: unknown): DeferredResource {
  const deferred = parseStored(stored, object) as DeferredResource;
  const { status } = deferred;
  return status === undefined ? deferred : { ...deferred, status: withDeferredFields(status) };
}
