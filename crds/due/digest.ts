import { createHash } from "node:crypto";

/** A short digest of texts. */
export function digest(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 12);
}
