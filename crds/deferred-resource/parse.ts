import { withDeferredFields } from "../parsing/former-status.ts";
import { parseStored, storedKind } from "../parsing/parse-stored.ts";
import { type DeferredResource, deferredResourceSchema } from "./deferred-resource.generated.ts";

const stored = storedKind("DeferredResource", deferredResourceSchema);

/**
 * Parses a DeferredResource.
 * Ignores fields that the schema does not name.
 * @throws InvalidInput naming every invalid field
 */
export function parseDeferredResource(object: unknown): DeferredResource {
  const deferred = parseStored(stored, object) as DeferredResource;
  const { status } = deferred;
  return status === undefined ? deferred : { ...deferred, status: withDeferredFields(status) };
}
