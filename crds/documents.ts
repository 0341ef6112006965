import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { KubeObject } from "../kit/kube/port.ts";

/** The text of the CRDs, one YAML document each. A bundle contains them. */
export function crdTexts(): readonly string[] {
  return [
    readFileSync(new URL("plug/plug.yaml", import.meta.url), "utf8"),
    readFileSync(new URL("socket/socket.yaml", import.meta.url), "utf8"),
    readFileSync(new URL("deferred-resource/deferred-resource.yaml", import.meta.url), "utf8"),
  ];
}

/** The CRDs as objects, ready to be applied. */
export function crdDocuments(): readonly KubeObject[] {
  return crdTexts().map((text) => load(text) as KubeObject);
}
