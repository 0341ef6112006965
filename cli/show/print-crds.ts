import { crdDocuments, crdTexts } from "../../crds/documents.ts";
import { type ObjectFormat, printObjects } from "./print-objects.ts";

/** `plugboard crds`: the CRDs as they are kept, comments included, or as one JSON List. */
export function printCrds(format: ObjectFormat): string {
  if (format === "json") return printObjects(crdDocuments(), "json");
  return crdTexts()
    .map((text) => `---\n${text.replace(/^---\n/, "").trimEnd()}\n`)
    .join("");
}
