import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { KubeObject } from "../kit/kube.ts";

const files = ["plug.yaml", "socket.yaml", "deferredresource.yaml"] as const;

/** The text of the CRDs, one YAML document each. They are read from beside this file: a bundle must carry them along there. */
export function crdTexts(): readonly string[] {
  return files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8"));
}

/** The CRDs as objects, to be applied as they are. */
export function crdDocuments(): readonly KubeObject[] {
  return crdTexts().map((text) => load(text) as KubeObject);
}
